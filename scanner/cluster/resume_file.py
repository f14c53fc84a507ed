"""What `--save FILE` keeps of a run on a cluster: which run it is. All that workers have done lies on the server."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scanner.cluster.names import is_run, new_run
from scanner.core.errors import Malformed, UsageError
from scanner.core.jsontext import parse_json
from scanner.history.run_identity import differences
from scanner.report.field import Field

SCHEMA = "exposure-scanner/cluster-run/v1"
_LIMIT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run that can be gone on with."""

    run: str
    seed: int
    identity: Mapping[str, str]
    """What must not change between its parts (scanner.history.run_identity)."""


def read_kept(path: Path) -> KeptRun | None:
    """Return the run that a file holds, None where there is no file; raises UsageError for anything else."""
    try:
        with path.open("rb") as file:
            data = file.read(_LIMIT_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"the run can't be read: {error.strerror}", file=path) from None
    try:
        field = Field(parse_json(data, _LIMIT_BYTES), "", path)
        if field["schema"].text(missing="") != SCHEMA:
            raise Malformed("another schema")
    except (Malformed, UsageError):
        raise UsageError("holds no run of a cluster; name another file", file=path) from None
    run = field["run"].text()
    if not is_run(run):
        field["run"].fail("the id of a run")
    return KeptRun(run, field["seed"].whole(), {key: str(value) for key, value in field["identity"].tree().items()})


def begin_kept(path: Path, seed: int, identity: Mapping[str, str]) -> KeptRun:
    """Make the file of a new run; raises UsageError when it is there already, or can't be made."""
    kept = KeptRun(new_run(), seed, identity)
    held = {"schema": SCHEMA, "run": kept.run, "seed": kept.seed, "identity": dict(kept.identity)}
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w") as file:
            json.dump(held, file)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UsageError(f"the run can't be kept: {error.strerror}", file=path) from None
    return kept


def demand_same(kept: KeptRun, identity: Mapping[str, str], path: Path) -> None:
    """Raise UsageError unless a run is gone on with as it began."""
    changed = differences(kept.identity, identity)
    if changed:
        raise UsageError(f"belongs to another run: {'; '.join(changed)}; use the same options", file=path)
