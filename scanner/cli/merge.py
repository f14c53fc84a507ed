"""`exposure merge`: the reports of shards and vantage points as one run."""

from dataclasses import dataclass
from pathlib import Path

from scanner.cli.command import Command
from scanner.cli.command_table import about
from scanner.cli.option import Group, argument, option
from scanner.cli.readers import read_path, read_words, whole
from scanner.cli.report_options import KeepOption, ReportOptions, TerminalOptions, VerdictOptions
from scanner.core.exit_code import ExitCode


@dataclass(frozen=True, kw_only=True)
class MergeOptions(TerminalOptions, VerdictOptions, KeepOption, ReportOptions):
    """Which reports are put together, and what the whole has to satisfy."""

    reports: tuple[Path, ...] = argument(
        "[VANTAGE=]REPORT...",
        "JSON reports of one run's shards; with a name in front, of runs over one scope from several places.",
        read=read_path,
        default=(),
        many=True,
    )
    vantage: tuple[Path, ...] = option(
        (),
        "--vantage",
        "A report and the vantage point that it is from; the same as NAME=REPORT without the option.",
        metavar="NAME=REPORT",
        read=read_path,
        group=Group.REPORT,
        example="--vantage office=report.json",
    )
    expect: int | None = option(
        None,
        "--expect",
        "How many shards the run was cut into; another count is refused.",
        metavar="N",
        read=whole(1),
        group=Group.VERDICT,
        example="--expect 4",
    )
    outside: tuple[str, ...] = option(
        (),
        "--outside",
        "Vantage points where strangers stand: what is reached from there is more urgent.",
        metavar="NAMES",
        read=read_words,
        group=Group.REPORT,
        example="--outside internet",
    )


def run(options: MergeOptions) -> ExitCode:
    """Merge, then do to the report whatever `scan` does to one."""
    import sys
    from dataclasses import replace

    from scanner.cli.keeping import history_in
    from scanner.cli.outputs import Outputs
    from scanner.cli.policy import Policy
    from scanner.core.errors import UsageError
    from scanner.core.text import clean
    from scanner.findings.merge import merge
    from scanner.findings.run_coverage import planned_space
    from scanner.report.fail_on import decide
    from scanner.report.read import read_report

    outputs = Outputs.resolve(options, options)
    policy = Policy.read(options)
    given = []
    for text in map(str, (*options.reports, *options.vantage)):
        name, equals, path = text.partition("=")
        named = bool(equals) and "/" not in name
        if not named and Path(text) in options.vantage:
            raise UsageError(f"--vantage {clean(text, 80)}: write NAME=REPORT, such as office=report.json")
        report = read_report(Path(path if named else text))
        if named:
            report = replace(report, run=replace(report.run, vantage=clean(name, 64)))
        given.append((path if named else text, report))
    merged = replace(merge(given, expect=options.expect, outside=options.outside), edition=int(options.owasp))
    merged, stale = policy.apply(merged, planned_space(merged.run.options))
    with history_in(options.history) as keep:
        merged = keep(merged)
    outputs.write(merged)
    decision = decide(merged, policy.gate, stale)
    if decision.why and not options.quiet:
        sys.stderr.write(f"exposure: {decision.why}\n")
    return decision.code


COMMAND = Command(
    name="merge",
    about=about("merge"),
    options=MergeOptions,
    run=run,
    example="exposure merge shard-1.json shard-2.json",
)
