"""`exposure scan`: sweep, confirm, tabulate."""

from pathlib import Path

import typer

from scanner.core.plan import DEFAULT_RATE


def scan(  # noqa: PLR0917 - one parameter per option, as typer reads them
    targets: list[str] = typer.Argument(None, metavar="TARGET...", help="Address, CIDR, range, name, @local or URL."),
    target_files: list[str] = typer.Option(
        [], "-i", "--targets", metavar="FILE", help="Targets, one a line, `#` comments; `-` is standard input."
    ),
    from_nmap: list[Path] = typer.Option(
        [], "--from-nmap", metavar="FILE", help="Open ports that nmap (XML), masscan or naabu (JSON) has found."
    ),
    from_compose: list[Path] = typer.Option(
        [], "--from-compose", metavar="FILE", help="Ports that a Compose file publishes on this machine."
    ),
    exclude: list[str] = typer.Option([], "-x", "--exclude", metavar="TARGET", help="Never touched."),
    exclude_files: list[str] = typer.Option([], "--exclude-file", metavar="FILE", help="Never touched, one a line."),
    ports: str = typer.Option(
        "catalogue", "-p", "--ports", metavar="SPEC", help="2375,6379 | 1-1024 | catalogue | all | U:53,161"
    ),
    services: str = typer.Option(
        "", "-s", "--services", metavar="IDS", help="Only these services (ids or categories; ^id leaves one out)."
    ),
    engine: str = typer.Option("auto", "--engine", metavar="NAME", help="auto | connect | syn | nmap"),
    identify: bool = typer.Option(True, help="Ask what speaks on ports that are nobody's default."),
    names: bool | None = typer.Option(
        None, "--names/--no-names", help="Label hosts that answer with their reverse DNS names [private ones]."
    ),
    rate: float | None = typer.Option(
        None,
        "--rate",
        min=0.1,
        metavar="N",
        help=f"Connections a second, all targets together; inf: no limit [adaptive, <= {DEFAULT_RATE:.0f}].",
    ),
    max_in_flight: int | None = typer.Option(
        None, "--max-in-flight", min=1, metavar="N", help="Connections open at once."
    ),
    timeout: float | None = typer.Option(None, "--timeout", min=0.05, metavar="S", help="Patience for a connection."),
    retries: int | None = typer.Option(None, "--retries", min=0, max=10, metavar="N", help="Extra rounds for silence."),
    allow_public: bool = typer.Option(False, "--allow-public", help="Permit addresses that are not private."),
    shard: str = typer.Option("1/1", "--shard", metavar="I/N", help="Part of the work."),
    seed: int | None = typer.Option(None, "--seed", min=0, metavar="N", help="The same order again."),
    resume: Path | None = typer.Option(None, "--resume", metavar="FILE", help="Go on after a stop."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Print the plan, send nothing."),
    form: str = typer.Option("table", "-f", "--format", metavar="NAME", help="What goes to standard output."),
    output: list[str] = typer.Option(
        [], "-o", "--output", metavar="[FORMAT:]FILE", help="Also write this file, format by suffix or named."
    ),
    fail_on: str = typer.Option(
        "low", "--fail-on", metavar="LEVEL", help="critical | high | medium | low | info | never"
    ),
    allow_incomplete: bool = typer.Option(False, "--allow-incomplete", help="Exit 0 although something was not seen."),
    min_coverage: float | None = typer.Option(
        None, "--min-coverage", min=0.0, max=100.0, metavar="PERCENT", help="Exit 4 when less than this was looked at."
    ),
    accept: Path | None = typer.Option(
        None, "--accept", metavar="FILE", help="Expected exposures with owner, reason and expiry."
    ),
    strict_accept: bool = typer.Option(False, "--strict-accept", help="Expired and unused acceptances fail the run."),
    baseline: Path | None = typer.Option(
        None, "--baseline", metavar="FILE", help="An earlier JSON report: only what is new counts for --fail-on."
    ),
    owasp: str = typer.Option("2025", "--owasp", metavar="YEAR", help="Edition that groups the table: 2017|2021|2025."),
    checks: Path | None = typer.Option(None, "--checks", metavar="DIR", help="Your own TOML checks."),
    audit: Path | None = typer.Option(
        None,
        "--audit",
        metavar="FILE",
        help="Log all that is sent, line chained to line; `exposure audit` checks it.",
    ),
    quiet: bool = typer.Option(False, "-q", "--quiet", help="Nothing on standard error but errors."),
    verbose: bool = typer.Option(False, "-v", "--verbose", help="Say more on standard error."),
    color: bool = typer.Option(True, "--color/--no-color", help="Colour on a terminal; NO_COLOR is honoured."),
    progress: bool = typer.Option(True, "--progress/--no-progress", help="Progress on standard error."),
) -> None:
    """Sweep address ranges for default ports, confirm what is exposed, and tabulate the risks."""
    from scanner.cli.run_scan import run_scan
    from scanner.cli.scan_options import ScanOptions

    options = ScanOptions(
        targets=tuple(targets or ()),
        target_files=tuple(target_files),
        from_nmap=tuple(from_nmap),
        from_compose=tuple(from_compose),
        exclude=tuple(exclude),
        exclude_files=tuple(exclude_files),
        ports=ports,
        services=tuple(word.strip() for word in services.split(",") if word.strip()),
        engine=engine,
        identify=identify,
        names=names,
        rate=rate,
        max_in_flight=max_in_flight,
        timeout_s=timeout,
        retries=retries,
        allow_public=allow_public,
        shard=shard,
        seed=seed,
        resume=resume,
        dry_run=dry_run,
        form=form,
        output=tuple(output),
        fail_on=fail_on,
        allow_incomplete=allow_incomplete,
        min_coverage=min_coverage,
        accept=accept,
        strict_accept=strict_accept,
        baseline=baseline,
        owasp=owasp,
        checks=checks,
        audit=audit,
        quiet=quiet,
        verbose=verbose,
        color=color,
        progress=progress,
    )
    raise typer.Exit(run_scan(options))
