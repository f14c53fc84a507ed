"""The pages as HTML: written by the server, readable without a script, every text escaped where it is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode

from scanner.core.count import counted
from scanner.core.finding import Severity
from scanner.core.jsontext import Json, as_list, as_object, as_text
from scanner.history.lives import age, span
from scanner.history.store.ask import Group, Story
from scanner.history.store.figures import By, Covered, Day, FixTime
from scanner.history.store.held import Held
from scanner.history.store.walk import Page
from scanner.report.charts import Bar, bars
from scanner.serve.filters import PAGE, RUNS, Filter
from scanner.serve.frame import cells, links_to, select, table
from scanner.serve.plots import coverage_plot, trend_plot

_HEADS = ("Severity", "Where", "What", "State", "Open for", "Owner")
_FIX_HEADS = ("Fixed", "Half within", "9 of 10 within", "Open", "Oldest")
_MOST_GROUPS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand."""

    counts: dict[Severity, int]
    days: Sequence[Day]
    covered: Sequence[Covered]
    fixes: Sequence[FixTime]
    oldest: Sequence[Held]
    last: Any
    """The run that looked last, None for none."""


def overview(stands: Standing, now: str) -> Iterator[str]:
    """Yield what matters most: how many are open, since when, how fast they go, and whether anybody looked lately."""
    counts, oldest = stands.counts, stands.oldest
    total = sum(counts.values())
    yield f'<p class="verdict {"exposed" if total else "clean"}">{escape(_verdict(total, stands.last, now))}</p>'
    yield '<div class="cards"><section class="card"><h2>Open by severity</h2>'
    yield bars("Open findings by severity", [Bar(one.word, number, one.word) for one, number in counts.items()])
    yield '</section><section class="card broad"><h2>Open at the end of each day</h2>'
    yield trend_plot(stands.days) + "</section>"
    yield '<section class="card broad"><h2>How much of what was planned was looked at</h2>'
    yield coverage_plot(stands.covered) + "</section>"
    yield '<section class="card"><h2>Oldest open</h2>'
    yield "<ol>" + "".join(
        f"<li>{_place(one)}: {escape(age(one.opened_at, now))}, {_level(one)}</li>" for one in oldest
    )
    yield "</ol></section>" if oldest else "</ol><p>Nothing is open.</p></section>"
    yield '<section class="card broad"><h2>How fast findings are closed</h2>'
    yield from _times(stands.fixes, "Severity", now)
    yield "</section></div>"


def _times(lines: Sequence[FixTime], head: str, now: str) -> Iterator[str]:
    yield '<div class="scroll" tabindex="0" role="region" aria-label="Time to fix"><table><thead><tr>'
    yield "".join(f'<th scope="col">{one}</th>' for one in (head, *_FIX_HEADS)) + "</tr></thead><tbody>"
    for line in lines:
        told = (
            f"{line.fixed:,}", span(line.median_s), span(line.p90_s), f"{line.open:,}",
            age(line.oldest, now) if line.oldest else "",
        )  # fmt: skip
        yield f'<tr><th scope="row">{escape(line.group or "(none)")}</th>{cells(told)}</tr>'
    yield "</tbody></table></div>"


def times(lines: Sequence[FixTime], by: By, now: str) -> Iterator[str]:
    """Yield how fast findings are closed, by one of three groupings."""
    links = (
        f'<li><a href="/times?by={one.value}"{" aria-current=true" if one is by else ""}>by {one.value}</a></li>'
        for one in By
    )
    yield f'<nav aria-label="Grouping"><ul>{"".join(links)}</ul></nav>'
    if len(lines) > _MOST_GROUPS:
        yield f"<p>The {_MOST_GROUPS} with most open findings, of {len(lines):,}.</p>"
    yield from _times(lines[:_MOST_GROUPS], by.value.capitalize(), now)


def _verdict(total: int, last: Any, now: str) -> str:
    if last is None:
        return "No run yet: nobody has looked. Fill the history with exposure scan --history."
    share = f"{last.looked_at / last.planned:.1%}" if last.planned else "none"
    when = f"The last run was {age(last.started, now)} ago and looked at {share} of what was planned."
    return f"{counted(total, 'finding')} open. {when}" if total else f"No finding is open. {when}"


def findings(held: Page, chosen: Filter, owners: Sequence[str], now: str) -> Iterator[str]:
    """Yield the list with its filters, which stand in the URL."""
    yield from _controls(chosen, owners)
    yield f'<p role="status">{escape(_how_many(held))}</p>'
    yield table(_HEADS, (_row(one, now) for one in held.rows), "Findings", "findings")
    yield from _pager(held, chosen)


def _how_many(held: Page) -> str:
    total = "Too many findings to count them" if held.total is None else counted(held.total, "finding")
    if held.later is not None and len(held.rows) < PAGE:
        return f"{total}. This page ends early, since many that don't fit were gone through: the list goes on."
    return total


def _controls(chosen: Filter, owners: Sequence[str]) -> Iterator[str]:
    yield '<form class="controls always" method="get" role="search">'
    text, since = escape(chosen.text), escape(chosen.since)
    yield f'<label class="grow">Place, name or title<input type="search" name="text" value="{text}"></label>'
    states = {"": "not gone", "open": "open", "inconclusive": "inconclusive", "gone": "gone", "all": "all"}
    yield select("State", "state", states, chosen.state)
    grades = {"": "any", **{one.word: f"{one.word} or graver" for one in reversed(Severity)}}
    yield select("Severity", "severity", grades, chosen.severity)
    yield select("Owner", "owner", {"": "anybody", **{name: name for name in owners if name}}, chosen.owner)
    yield select("Accepted", "accepted", {"": "any", "yes": "yes", "no": "no"}, chosen.accepted)
    yield f'<label>New or back since<input name="since" value="{since}" placeholder="7d" size="10"></label>'
    yield '<button type="submit">Show</button></form>'


def _pager(held: Page, chosen: Filter) -> Iterator[str]:
    first = chosen.link() if chosen.after or chosen.before else None
    earlier = chosen.link(before=held.earlier.words) if held.earlier else None
    later = chosen.link(after=held.later.words) if held.later else None
    yield links_to(first=first, earlier=earlier, later=later)


def _row(one: Held, now: str) -> Sequence[str]:
    accepted = " (accepted)" if one.accepted else ""
    name = f"<br>{escape(one.name)}" if one.name else ""
    return (
        _level(one),
        _place(one) + name,
        escape(one.title),
        escape(one.shows.value + accepted),
        escape(age(one.opened_at, one.gone_at or now)),
        escape(one.owner),
    )


def _place(one: Held) -> str:
    return f'<a class="place" href="/findings/{one.fingerprint}">{escape(one.place)}</a>'


def _level(one: Held) -> str:
    return f'<span class="level {one.severity.word}">{one.severity.word}</span>'


def finding(story: Story, now: str) -> Iterator[str]:
    """Yield one finding's life."""
    one = story.held
    body = story.finding
    told = [
        ("Where", f'<span class="place">{escape(one.place)}</span> {escape(one.name)}'),
        ("State", escape(f"{one.shows.value}{', accepted: ' + one.accepted_reason if one.accepted else ''}")),
        ("Why", escape(one.why)),
        ("Severity", _level(one)),
        ("First seen", escape(one.first_seen)),
        ("Last seen", escape(one.last_seen)),
        ("Open for", escape(age(one.opened_at, one.gone_at or now))),
        ("Reopened", counted(one.reopened, "time") if one.reopened else ""),
        ("Owner", escape(one.owner)),
        ("Seen from", escape(", ".join(one.vantages))),
        ("What it is", escape(one.what)),
        ("What it means", escape(as_text(body.get("impact")) or "")),
        ("Fingerprint", f"<code>{escape(one.fingerprint)}</code>"),
    ]
    yield "<dl class='fact'>" + "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in told if value.strip())
    yield "</dl>"
    remedy = "\n".join(str(line) for line in as_list(body.get("remedy")))
    if remedy:
        yield f'<h2>How to close it</h2><pre tabindex="0">{escape(remedy)}</pre>'
    yield "<h2>Proof</h2><ul>"
    for step in as_list(body.get("proof")):
        yield f"<li><code>{_of(step, 'sent')}</code> &rarr; <code>{_of(step, 'received')}</code></li>"
    yield "</ul><h2>What happened</h2>"
    yield table(
        ("When", "What", "Why"), ([escape(at), turn.value, escape(why)] for at, turn, why in story.events), "Events"
    )
    yield "<h2>Latest runs</h2>"
    sightings = (
        [escape(at), escape(run), escape(place), kind, escape(why)] for at, run, place, kind, why in story.sightings
    )
    yield table(("When", "Run", "From", "Said", "Detail"), sightings, "Latest runs")


def _of(step: Json, name: str) -> str:
    return escape(as_text(as_object(step).get(name)) or "")


def runs(rows: Sequence[Any], number: int) -> Iterator[str]:
    """Yield a page of runs, of which one more is given where more follow, and the form that compares two."""
    yield '<form method="get" action="/runs/compare">'
    head = ("Earlier", "Later", "Started", "Run", "From", "Status", "Looked at", "Inconclusive", "Findings")
    yield table(head, (_run(row) for row in rows[:RUNS]), "Runs")
    yield '<p><button type="submit">Compare the two</button></p></form>' if len(rows) > 1 else "</form>"
    yield links_to(
        first=None,
        earlier=f"?page={number - 1}" if number > 1 else None,
        later=f"?page={number + 1}" if len(rows) > RUNS else None,
    )


def _run(row: Any) -> Sequence[str]:
    def pick(name: str) -> str:
        return (
            f'<input type="radio" name="{name}" value="{row.id}" aria-label="{name} run {escape(row.run_id)}" required>'
        )

    return (
        pick("earlier"), pick("later"), escape(row.started), escape(row.run_id), escape(row.vantage),
        escape(row.status),
        f"{row.looked_at:,} of {row.planned:,}", f"{row.inconclusive:,}", f"{row.findings:,}",
    )  # fmt: skip


def comparison(earlier: Any, later: Any, groups: Mapping[str, Group], now: str) -> Iterator[str]:
    """Yield what two runs say of the same findings; the state beside each is that of today."""
    named = " and ".join(f"<b>{escape(one.run_id)}</b> of {escape(one.started)}" for one in (earlier, later))
    yield f"<p>What the runs {named} say. States and times are those of today.</p>"
    for name, group in groups.items():
        yield f"<h2>{escape(name)} ({group.total:,})</h2>"
        if len(group.rows) < group.total:
            yield f"<p>The gravest {len(group.rows):,} of them.</p>"
        if group.rows:
            yield table(_HEADS, (_row(one, now) for one in group.rows), name, "findings")


def assets(rows: Sequence[Any], text: str, later: str | None) -> Iterator[str]:
    """Yield endpoints that were ever open; `later` is where the next page begins."""
    yield '<form class="controls always" method="get" role="search">'
    yield '<label class="grow">Address, network, name or service'
    yield f'<input type="search" name="text" value="{escape(text)}"></label><button type="submit">Show</button></form>'
    rows_of = (
        [
            f'<span class="place">{escape(row.address)}:{row.port}/{escape(row.transport)}</span>',
            escape(row.name),
            escape(row.status),
            escape(" ".join(part for part in (row.product or row.service, row.version) if part)),
            escape(row.first_seen),
            escape(row.last_seen),
        ]
        for row in rows
    )
    yield table(("Endpoint", "Name", "Status", "Service", "First open", "Last open"), rows_of, "Assets")
    query = {"text": text} if text else {}
    following = f"?{urlencode(query | {'after': later})}" if later else None
    yield links_to(first=None, earlier=None, later=following)


def accepted(held: Page, now: str) -> Iterator[str]:
    """Yield the register of what people decided to live with."""
    rows_of = ((*_row(one, now), escape(one.accepted_reason)) for one in held.rows)
    yield table((*_HEADS, "Reason"), rows_of, "Accepted findings", "findings")
    yield links_to(
        first=None,
        earlier=f"?{urlencode({'before': held.earlier.words})}" if held.earlier else None,
        later=f"?{urlencode({'after': held.later.words})}" if held.later else None,
    )
