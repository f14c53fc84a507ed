"""Runs `exposure tickets`: reads reports and configuration, speaks to the tracker, prints actions."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from scanner.cli.tickets import TicketOptions
from scanner.core.errors import UsageError
from scanner.core.exit_code import ExitCode
from scanner.core.finding import Severity
from scanner.core.jsontext import Json
from scanner.core.report import ScanReport
from scanner.core.text import clean
from scanner.report.read import read_report
from scanner.tickets.action import Action
from scanner.tickets.apply import Applier, Outcome, Result
from scanner.tickets.fields import Config
from scanner.tickets.group import all_keys, group_as_held
from scanner.tickets.http import Web, WebLimits
from scanner.tickets.plan import Inventory, Planner, demand_no_flood
from scanner.tickets.plan import plan as make_plan
from scanner.tickets.proof import Looks, read_looks, target_of
from scanner.tickets.secret import Secret, read_secret
from scanner.tickets.settings import read_config
from scanner.tickets.tracker import Kind, Setup, Tracker, find_kind

_WHY_CHARS = 90
_TITLE_CHARS = 60


def check_settings(tracker: str, file: Path) -> None:
    """Tell that configuration and credentials are in place; raises UsageError or SetupError when they are not."""
    kind = find_kind(tracker)
    config = read_config(file, kind.name, kind.options)
    web, secret = _web(kind, config)
    kind.open(Setup(config=config, web=web, secret=secret))
    queues = ", ".join(map(clean, config.projects))
    click.echo(f"{kind.name} at {clean(web.url)}, {queues}: settings and credentials are in place; nothing was sent")


def show_plan(job: TicketOptions) -> ExitCode:
    """Print the plan; raises Flood after it when it opens too many tickets."""
    config = _config(job)
    actions = asyncio.run(_plan(job, config))
    _print(job, [(action, None) for action in actions])
    _write_recheck(job, actions)
    demand_no_flood(actions, _most_new(job, config))
    return ExitCode.CLEAN


def apply_plan(job: TicketOptions) -> ExitCode:
    """Carry the plan out, print what became of it, and return the exit code."""
    outcomes: list[Outcome] = []
    try:
        asyncio.run(_apply(job, _config(job), outcomes))
    except BaseException:
        # What was done before an error or Ctrl-C is worth knowing; that nothing was is no reason to call it done.
        if outcomes:
            _show_outcomes(job, outcomes)
        raise
    _show_outcomes(job, outcomes)
    return ExitCode.INCOMPLETE if any(outcome.result is Result.FAILED for outcome in outcomes) else ExitCode.CLEAN


def _show_outcomes(job: TicketOptions, outcomes: Sequence[Outcome]) -> None:
    _print(job, [(outcome.action, outcome) for outcome in outcomes])
    _write_recheck(job, [outcome.action for outcome in outcomes])


async def _plan(job: TicketOptions, config: Config) -> list[Action]:
    case = _case(job)
    async with _open(job, config) as tracker:
        inventory = await _inventory(case, tracker)
    return make_plan(case.planner(config, inventory), inventory)


async def _apply(job: TicketOptions, config: Config, outcomes: list[Outcome]) -> None:
    case = _case(job)
    async with _open(job, config) as tracker:
        inventory = await _inventory(case, tracker)
        planner = case.planner(config, inventory)
        actions = make_plan(planner, inventory)
        demand_no_flood(actions, _most_new(job, config))
        await Applier(tracker, planner, outcomes.append, in_flight=config.in_flight).apply(actions)


async def _inventory(case: "_Case", tracker: Tracker) -> Inventory:
    inventory = Inventory()
    await tracker.load(all_keys(case.report, by_host=case.by_host), inventory.take)
    return inventory


def _config(job: TicketOptions) -> Config:
    kind = find_kind(job.tracker)
    if job.group_by == "host" and not kind.by_host:
        raise UsageError(f"{kind.name} holds findings, not hosts: leave out --group-by host")
    return read_config(job.config, kind.name, kind.options)


@dataclass(frozen=True, slots=True)
class _Case:
    """What the reports say, read before a tracker is asked anything."""

    report: ScanReport
    looks: Looks
    by_host: bool

    def planner(self, config: Config, inventory: Inventory) -> Planner:
        today = datetime.now(UTC).date()
        return Planner(
            group_as_held(self.report, tuple(inventory.held.values()), by_host=self.by_host),
            self.looks,
            lambda findings: config.fields_for(findings, today),
            by_host=self.by_host,
        )


def _case(job: TicketOptions) -> _Case:
    report = read_report(job.report)
    looks = read_looks(report, [read_report(path) for path in job.proof])
    return _Case(report, looks, job.group_by == "host")


@asynccontextmanager
async def _open(job: TicketOptions, config: Config) -> AsyncIterator[Tracker]:
    kind = find_kind(job.tracker)
    client, secret = _web(kind, config)
    async with client as web:
        yield kind.open(Setup(config=config, web=web, secret=secret))


def _web(kind: Kind, config: Config) -> tuple[Web, Secret]:
    secret = read_secret(config, os.environ)
    limits = WebLimits(
        timeout_s=config.timeout_s,
        trust_env=config.trust_env,
        allow_plain_http=config.allow_plain_http,
        ca_file=config.ca_file,
    )
    return Web(config.url, kind.headers(config, secret), limits), secret


def _most_new(job: TicketOptions, config: Config) -> int:
    return config.most_new if job.max_new is None else job.max_new


def _print(job: TicketOptions, lines: Sequence[tuple[Action, Outcome | None]]) -> None:
    if job.form == "jsonl":
        for action, outcome in lines:
            click.echo(json.dumps(_object(action, outcome)))
        return
    from tabulate import tabulate

    rows = [_row(action, outcome) for action, outcome in lines]
    heads = ("action", "ticket", "severity", "what", "why") + (("result",) if any(one for _, one in lines) else ())
    if rows:
        click.echo(tabulate(rows, headers=heads, disable_numparse=True))
    click.echo(_totals([action for action, _ in lines], [outcome for _, outcome in lines if outcome]))


def _row(action: Action, outcome: Outcome | None) -> tuple[str, ...]:
    row = (
        action.verb.value,
        clean(action.held.name) if action.held else "-",
        Severity(action.severity).word,
        clean(action.title, _TITLE_CHARS),
        clean(action.why, _WHY_CHARS),
    )
    if outcome is None:
        return row
    return (
        *row,
        f"{outcome.result.value}: {clean(outcome.words, _WHY_CHARS)}" if _tells(outcome) else outcome.result.value,
    )


def _tells(outcome: Outcome) -> bool:
    return bool(outcome.words) and outcome.result in {Result.FAILED, Result.FOUND}


def _object(action: Action, outcome: Outcome | None) -> dict[str, Json]:
    line: dict[str, Json] = {
        "action": action.verb.value,
        "key": action.key,
        "ticket": clean(action.held.name) if action.held else None,
        "severity": Severity(action.severity).word,
        "title": clean(action.title),
        "why": clean(action.why, 2_000),
        "places": [clean(place) for place in action.places],
        "fingerprints": list(action.fingerprints),
        "unproven": list(action.unproven),
    }
    if outcome is not None:
        line |= {"result": outcome.result.value, "words": clean(outcome.words)}
    return line


def _totals(actions: Sequence[Action], outcomes: Sequence[Outcome]) -> str:
    counts = {verb: sum(action.verb == verb for action in actions) for verb in dict.fromkeys(a.verb for a in actions)}
    words = ", ".join(f"{count} {verb.value}" for verb, count in counts.items()) or "nothing to do"
    failed = sum(outcome.result is Result.FAILED for outcome in outcomes)
    unproven = sum(len(action.unproven) for action in actions)
    more = [f"{failed} failed"] if failed else []
    if unproven:
        more.append(f"{unproven} gone without proof: check them with exposure verify, or with --recheck")
    return "; ".join((words, *more))


def _write_recheck(job: TicketOptions, actions: Sequence[Action]) -> None:
    if job.recheck is None:
        return
    wanted = {fingerprint for action in actions for fingerprint in action.unproven}
    members = [
        member for action in actions if action.held and action.held.marker for member in action.held.marker.members
    ]
    targets = dict.fromkeys(target_of(member.place) for member in members if member.fingerprint in wanted)
    try:
        job.recheck.write_text("".join(f"{target}\n" for target in targets if target), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the list can't be written: {error.strerror}", file=job.recheck) from error
