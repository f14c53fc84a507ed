"""One part of a run that may be killed: prints a line for each commit, and what was found at the end."""

import asyncio
import json
import sys
from pathlib import Path

from scanner.history.resume import ResumableRun
from scanner.history.run_identity import identify
from scanner.sweep.engine import Checkpoint
from tests.history.test_crash import sweep_and_finish
from tests.sweep.jobs import assert_balanced, make_job, make_plan


class Telling:
    """A ledger that tells of each commit."""

    def __init__(self, run: ResumableRun) -> None:
        self._run = run

    def restore(self) -> Checkpoint:
        return self._run.restore()

    def commit(self, checkpoint: Checkpoint) -> None:
        self._run.commit(checkpoint)
        say("committed")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    wanted = json.loads(sys.argv[1])
    plan = make_plan(wanted["network"], range(*wanted["ports"]), rate=wanted.get("rate", float("inf")))
    run = ResumableRun(Path(wanted["path"]), identify(plan, version="1", probes=""))
    job = make_job(plan)
    job.ledger = Telling(run)
    say("began")
    asyncio.run(sweep_and_finish(job, run))
    assert_balanced(job.tally)
    result = {"findings": sorted(run.findings()), "open": job.tally.open, "closed": job.tally.closed}
    run.close()
    say(json.dumps(result))


if __name__ == "__main__":
    main()
