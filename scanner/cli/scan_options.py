"""The options of `scan`, resolved one by one; scanner.cli.planning makes the plan of them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanner.cli.cluster_options import ClusterOptions
from scanner.cli.option import options_of
from scanner.cli.report_options import KeepOption, ReportOptions, TerminalOptions, VerdictOptions
from scanner.cli.sweep_options import AuditOption, RunOptions, SweepOptions
from scanner.cli.target_options import AllowPublicOption, ChecksOption, PortOptions, TargetOptions

if TYPE_CHECKING:
    from scanner.core.jsontext import Json


# Dataclasses take fields from the last base to the first.
@dataclass(frozen=True, kw_only=True)
class ScanOptions(
    TerminalOptions,
    VerdictOptions,
    KeepOption,
    ReportOptions,
    AuditOption,
    ClusterOptions,
    RunOptions,
    SweepOptions,
    ChecksOption,
    PortOptions,
    AllowPublicOption,
    TargetOptions,
):
    """One field an option."""

    def recorded(self) -> dict[str, "Json"]:
        """Return the options that the report records: what decides what was looked at, and how."""
        return {one.name: one.recorded(getattr(self, one.name)) for one in options_of(self) if one.recorded}
