"""The options of `scan` as they were typed, and the plan that they resolve to."""

import math
import secrets
from dataclasses import dataclass
from pathlib import Path

from scanner.core.audit import Audit
from scanner.core.errors import UsageError
from scanner.core.finding import Severity
from scanner.core.jsontext import Json
from scanner.history.resume import stored_seed
from scanner.net.reverse import ReverseNames
from scanner.probes.registry import Registry, load_registry
from scanner.report.fail_on import Gate
from scanner.targets.special import Reach

EDITIONS = (2017, 2021, 2025)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOptions:
    """One field per option of `scan`."""

    targets: tuple[str, ...] = ()
    target_files: tuple[str, ...] = ()
    from_nmap: tuple[Path, ...] = ()
    from_compose: tuple[Path, ...] = ()
    exclude: tuple[str, ...] = ()
    exclude_files: tuple[str, ...] = ()
    ports: str = "catalogue"
    services: tuple[str, ...] = ()
    engine: str = "auto"
    identify: bool = True
    names: bool | None = None
    """Whether to ask for reverse DNS names: of all addresses, of none, or (None) of private ones."""
    rate: float | None = None
    max_in_flight: int | None = None
    timeout_s: float | None = None
    retries: int | None = None
    allow_public: bool = False
    shard: str = "1/1"
    seed: int | None = None
    resume: Path | None = None
    dry_run: bool = False
    form: str = "table"
    output: tuple[str, ...] = ()
    fail_on: str = "low"
    allow_incomplete: bool = False
    min_coverage: float | None = None
    """Percent."""
    accept: Path | None = None
    strict_accept: bool = False
    baseline: Path | None = None
    owasp: str = "2025"
    checks: Path | None = None
    quiet: bool = False
    verbose: bool = False
    color: bool = True
    progress: bool = True
    audit: Path | None = None
    """Where to keep the account of what is sent."""

    def registry(self) -> Registry:
        """Return the services to ask."""
        registry = load_registry()
        if self.checks is not None:
            registry = registry.with_checks(self.checks)
        return registry.select(self.services)

    def run_seed(self) -> int:
        """Return the seed that was asked for, else that of the run to be resumed, else a new one."""
        if self.seed is not None:
            return self.seed
        if self.resume is not None and (stored := stored_seed(self.resume)) is not None:
            return stored
        return secrets.randbits(32)

    def reverse_names(self, audit: Audit | None = None) -> ReverseNames:
        """Return what asks for the names of addresses, and tells the audit log whom it asked about.

        Not by default for public ones: the question ends at a name server of strangers and tells them of the scan.
        Never for loopback and link-local ones: those names are this machine's own, or a multicast to its neighbours.
        """
        reaches = {None: (Reach.PRIVATE,), True: (Reach.PRIVATE, Reach.PUBLIC), False: ()}
        return ReverseNames(reaches[self.names], audit=audit)

    @property
    def edition(self) -> int:
        """The OWASP edition that groups the table."""
        return int(one_of("--owasp", self.owasp, tuple(map(str, EDITIONS))))

    @property
    def gate(self) -> Gate:
        """What the run has to satisfy for exit 0."""
        levels = tuple(severity.word for severity in reversed(Severity))
        word = one_of("--fail-on", self.fail_on, (*levels, "never"))
        return Gate(
            threshold=None if word == "never" else Severity[word.upper()],
            allow_incomplete=self.allow_incomplete,
            least_coverage=None if self.min_coverage is None else self.min_coverage / 100.0,
            strict_accept=self.strict_accept,
        )

    def recorded(self) -> dict[str, Json]:
        """Return the options as the report records them: what decides what was looked at, and how."""
        return {
            "targets": list(self.targets),
            "target_files": list(self.target_files),
            "from_nmap": [str(path) for path in self.from_nmap],
            "from_compose": [str(path) for path in self.from_compose],
            "exclude": list(self.exclude),
            "ports": self.ports,
            "services": list(self.services),
            "identify": self.identify,
            "names": self.names,
            # JSON has no infinity, and null says that nobody asked for a rate.
            "rate": "inf" if self.rate is not None and math.isinf(self.rate) else self.rate,
            "shard": self.shard,
            "allow_public": self.allow_public,
            "fail_on": self.fail_on,
        }


def one_of(option: str, word: str, allowed: tuple[str, ...]) -> str:
    """Return the word if it is allowed; raises UsageError that lists what is."""
    if word not in allowed:
        raise UsageError(f"{option} {word}: choose one of {', '.join(allowed)}")
    return word
