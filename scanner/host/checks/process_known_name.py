"""A process that is named, or was started, like a published miner or malware."""

from collections.abc import Iterator

from scanner.findings.compromise import candidates
from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.snapshot import Snapshot


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for process in snapshot.processes:
        if process.kernel:
            continue
        traces = {"command": (process.command,), "name": (process.name, process.executable or "")}
        for found in candidates(traces):
            # What an honest command may hold too (a download, a temporary folder) says too little of a process.
            if found.certain:
                yield Sign(
                    CHECK.id,
                    about_process(process),
                    Weight.STRONG,
                    sentence(f"{found.id}: {found.detail}"),
                    (process.executable,) if process.executable else (),
                )
                break


CHECK = Check(
    id="process-known-name",
    title="A process bears the name of published malware",
    reads="/proc/PID/comm, /proc/PID/cmdline, the target of /proc/PID/exe",
    proves="Somebody runs a program under the name of a published miner or of a campaign's file.",
    wrong="You mine on purpose, or study malware here. Whole words only: `minerd` does not match `minerdata`.",
    decide="ls -l /proc/{pid}/exe; sha256sum /proc/{pid}/exe # and look the hash up",
    attack=("T1496.001",),
    ask=_ask,
)
