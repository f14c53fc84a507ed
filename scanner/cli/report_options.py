"""Options that say what a report looks like, where it goes, and what fails the run."""

from dataclasses import dataclass
from pathlib import Path

from scanner.cli import choices
from scanner.cli.option import Group, argument, as_is, as_text, option
from scanner.cli.readers import number, one_of, read_path


@dataclass(frozen=True, kw_only=True)
class ColorOptions:
    """Colour on a terminal."""

    color: str = option(
        "auto",
        "--color",
        "always | auto | never; auto heeds NO_COLOR and FORCE_COLOR.",
        metavar="WHEN",
        read=one_of(choices.colors),
        choices=choices.colors,
        group=Group.TERMINAL,
        example="--color always",
    )
    no_color: bool = option(
        False, "--no-color", "The same as --color never.", group=Group.TERMINAL, example="--no-color"
    )


@dataclass(frozen=True, kw_only=True)
class QuietOption:
    """Whether anything is told beside the result."""

    quiet: bool = option(
        False,
        "-q, --quiet",
        "No table, and nothing on standard error but errors.",
        group=Group.TERMINAL,
        example="--quiet",
    )


@dataclass(frozen=True, kw_only=True)
class TerminalOptions(QuietOption, ColorOptions):
    """What is told beside the report, on standard error."""

    verbose: bool = option(
        False, "-v, --verbose", "Say more on standard error.", group=Group.TERMINAL, example="--verbose"
    )
    progress: bool = option(
        True,
        "--progress/--no-progress",
        "Progress on standard error, on a terminal.",
        group=Group.TERMINAL,
        example="--no-progress",
    )


@dataclass(frozen=True, kw_only=True)
class OutputOptions:
    """Where the report goes."""

    form: str = option(
        "table",
        "-f, --format",
        "What goes to standard output; none: nothing.",
        metavar="NAME",
        read=one_of(choices.formats),
        choices=choices.formats,
        group=Group.REPORT,
        example="-f json",
    )
    output: tuple[str, ...] = option(
        (),
        "-o, --output",
        "Also write this file, format by suffix or named.",
        metavar="[FORMAT:]FILE",
        group=Group.REPORT,
        example="-o report.html",
    )


@dataclass(frozen=True, kw_only=True)
class ReportOptions(OutputOptions):
    """How the report is grouped."""

    owasp: str = option(
        "2025",
        "--owasp",
        "Edition of the OWASP Top 10 that groups the table: 2017 | 2021 | 2025.",
        metavar="YEAR",
        read=one_of(choices.editions),
        choices=choices.editions,
        group=Group.REPORT,
        example="--owasp 2021",
    )


@dataclass(frozen=True, kw_only=True)
class VerdictOptions:
    """What the run has to satisfy for exit 0."""

    fail_on: str = option(
        "low",
        "--fail-on",
        "critical | high | medium | low | info | never",
        metavar="LEVEL",
        read=one_of(choices.levels),
        choices=choices.levels,
        group=Group.VERDICT,
        example="--fail-on high",
        recorded=as_is,
    )
    allow_incomplete: bool = option(
        False,
        "--allow-incomplete",
        "Exit 0 although something was not seen.",
        group=Group.VERDICT,
        example="--allow-incomplete",
    )
    min_coverage: float | None = option(
        None,
        "--min-coverage",
        "Exit 4 when less than this was looked at.",
        metavar="PERCENT",
        read=number(0, 100),
        group=Group.VERDICT,
        example="--min-coverage 95",
    )
    """Percent."""
    accept: Path | None = option(
        None,
        "--accept",
        "Expected exposures with owner, reason and expiry.",
        metavar="FILE",
        read=read_path,
        group=Group.VERDICT,
        example="--accept accept.toml",
        recorded=as_text,
    )
    strict_accept: bool = option(
        False,
        "--strict-accept",
        "Expired and unused acceptances fail the run.",
        group=Group.VERDICT,
        example="--strict-accept",
    )
    baseline: Path | None = option(
        None,
        "--baseline",
        "An earlier JSON report: only what is new counts for --fail-on.",
        metavar="FILE",
        read=read_path,
        group=Group.VERDICT,
        example="--baseline last-week.json",
        recorded=as_text,
    )


@dataclass(frozen=True, kw_only=True)
class KeepOption:
    """Whether the run is kept in a history."""

    history: str = option(
        "",
        "--history",
        "Keep the run in a history and say since when each finding is known: a file (.db), "
        "postgresql://user@host/database, or default.",
        metavar="STORE",
        group=Group.REPORT,
        example="--history default",
        # Whether, and not where: the place may hold a password.
        recorded=bool,
    )


@dataclass(frozen=True, kw_only=True)
class JsonOption:
    """Output for programs."""

    as_json: bool = option(False, "--json", "As JSON, for programs.", group=Group.REPORT, example="--json")


@dataclass(frozen=True, kw_only=True)
class FindingOptions:
    """One finding of a report."""

    fingerprint: str = argument(
        "[FINGERPRINT]", "The finding, or the first 8 digits or more of its fingerprint.", default=""
    )
    source: Path | None = option(
        None,
        "--from",
        "The JSON report that holds the finding.",
        metavar="FILE",
        read=read_path,
        group=Group.REPORT,
        example="--from report.json",
    )
