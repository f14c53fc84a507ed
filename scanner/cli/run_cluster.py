"""Runs one scan on a cluster: this machine cuts the run and merges what comes back, and sends nothing to a target."""

import asyncio
import os
import sys
from dataclasses import replace

from scanner import __version__
from scanner.cli.cluster_options import ClusterKeysOptions
from scanner.cli.progress import show_progress
from scanner.cli.scan_options import ScanOptions
from scanner.cli.signals import stop_on_signals
from scanner.cluster.chunks import demand_cuttable
from scanner.cluster.connection import connect, demand_extra
from scanner.cluster.coordinator import Coordinator
from scanner.cluster.exchange import Exchange
from scanner.cluster.names import ANYWHERE, new_run, read_word
from scanner.cluster.resume_file import begin_kept, demand_same, read_kept
from scanner.cluster.server_url import Keys, ServerUrl, read_server_url
from scanner.core.count import counted
from scanner.core.errors import UsageError
from scanner.core.plan import ScanPlan
from scanner.core.report import ScanReport
from scanner.core.text import clean
from scanner.findings.run_coverage import OPTION, space_words
from scanner.history.run_identity import identify
from scanner.probes.live import Live
from scanner.probes.registry import Registry
from scanner.report.early import EarlyRecords, told_to
from scanner.targets.shard import parse_shard

_MINE = {
    "audit": ("--audit", "exposure worker --audit"),
    "checks": ("--checks", "a worker asks only what stands on its own machine: exposure worker --checks"),
    "wait_s": ("--wait", "wait before the run is begun"),
}
"""Options that speak of the machine that scans, and what to do instead."""


def keys_of(options: ClusterKeysOptions) -> Keys:
    """Return the files that prove who this side is."""
    return Keys(
        ca=options.cluster_ca,
        certificate=options.cluster_cert,
        key=options.cluster_key,
        credentials=options.cluster_creds,
    )


def vantages_of(options: ScanOptions) -> tuple[str, ...]:
    """Return the vantage points that `--vantage` names; raises UsageError."""
    words = [word.strip() for word in (options.vantage or "").split(",") if word.strip()]
    for word in words:
        try:
            read_word(word)
        except ValueError as error:
            raise UsageError(f"--vantage {clean(word, 60)}: {error}") from None
    return tuple(dict.fromkeys(words)) or (ANYWHERE,)


def demand_fit(options: ScanOptions) -> None:
    """Raise UsageError for options that make no sense when others scan, SetupError without the extra."""
    demand_extra()
    for name, (flag, instead) in _MINE.items():
        if getattr(options, name) is not None:
            raise UsageError(f"{flag} speaks of the machine that scans, and with --cluster that is another: {instead}")
    if parse_shard(options.shard).count > 1:
        raise UsageError("--shard and --cluster both cut the run; leave --shard out")


def run_on_cluster(options: ScanOptions, plan: ScanPlan, registry: Registry, early: EarlyRecords | None) -> ScanReport:
    """Return the report of a run that workers have done; raises UsageError or SetupError before anything is sent."""
    demand_fit(options)
    demand_cuttable(plan)
    vantages = vantages_of(options)
    url = read_server_url(options.cluster, keys_of(options), os.environ)
    run = _run_id(options, plan, registry, vantages)
    return asyncio.run(_coordinate(options, plan, url, run=run, vantages=vantages, early=early))


def _run_id(options: ScanOptions, plan: ScanPlan, registry: Registry, vantages: tuple[str, ...]) -> str:
    """Return the id of the run, that of an earlier part when it is resumed; raises UsageError."""
    path = options.resume or options.save
    if path is None:
        return new_run()
    checks = ",".join(registry.ids)
    identity = {**identify(plan, version=__version__, probes=checks), "vantage": ",".join(vantages)}
    if options.save is not None:
        return begin_kept(path, plan.seed, identity).run
    kept = read_kept(path)
    if kept is None:
        raise UsageError(f"{path}: no run to go on with; --save {path} begins one that can be resumed")
    demand_same(kept, identity, path)
    return kept.run


async def _coordinate(
    options: ScanOptions,
    plan: ScanPlan,
    url: ServerUrl,
    *,
    run: str,
    vantages: tuple[str, ...],
    early: EarlyRecords | None,
) -> ScanReport:
    live, lost = Live(), asyncio.Event()
    shown = options.progress and not options.quiet and sys.stderr.isatty()
    with stop_on_signals(live.stop), show_progress(live, shown=shown) as say_above:

        def say(line: str) -> None:
            told = f"exposure: {clean(line, 500)}"
            if shown:
                say_above(told)
            elif not options.quiet:
                sys.stderr.write(f"{told}\n")

        async with connect(url, f"coordinator {run}", lost) as client:
            coordinator = Coordinator(
                exchange=Exchange(client),
                plan=plan,
                names=options.names,
                run=run,
                vantages=vantages,
                lease_s=options.cluster_lease_s,
                patience_s=options.cluster_wait_s,
                live=live,
                say=say,
                proven=told_to(early, say_above if shown else None),
                outside=frozenset(options.outside),
                keep=bool(options.save or options.resume),
            )
            say(
                f"run {run}: {counted(plan.space.size, 'endpoint')} in "
                f"{counted(coordinator.count, 'chunk')} at {url.shown}"
            )
            report = await coordinator.scan()
    recorded = {**options.recorded(), OPTION: space_words(plan.space)}
    return replace(report, run=replace(report.run, options=recorded))
