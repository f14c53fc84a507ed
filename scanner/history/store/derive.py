"""Derives what one run changes in the lives of findings, and writes it in few statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection, delete, select

from scanner.core.endpoint import Endpoint
from scanner.core.finding import Finding, Severity
from scanner.core.moment import utc_of
from scanner.core.ports import Transport
from scanner.core.report import ScanReport
from scanner.findings.identity import adopt, pair
from scanner.findings.run_coverage import scope_words
from scanner.history.store.batch import Batch
from scanner.history.store.life import Event, Fact, Kind, Life, after, live
from scanner.history.store.reach import open_before
from scanner.history.store.rows import Known, body_of, finding_values, known_by, life_of, life_values, next_id
from scanner.history.store.sights import Missing, facts_of_seen, seen_ids, unpacked, vantages_of
from scanner.history.store.tables import event, fact, finding, looked, run

Said: TypeAlias = tuple[int, Fact]
"""A fact, and the number of the run that said it."""


class Turned(NamedTuple):
    """A transition of one finding, for alerts."""

    event: Event
    fingerprint: str
    place: str
    title: str


@dataclass(slots=True)
class Writer:
    """Collects what one run changes and writes it in few statements."""

    connection: Connection
    report: ScanReport
    number: int
    at: str = field(init=False)
    """When the run began, UTC."""
    first_seen: dict[int, str] = field(default_factory=dict)
    turned: list[Turned] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)
    _options: str = field(init=False)
    _next: int = field(init=False)
    _batch: Batch = field(default_factory=Batch)

    def __post_init__(self) -> None:
        self.at = utc_of(self.report.run.started)
        self._options = scope_words(self.report.run)
        self._next = next_id(self.connection, finding)

    def seen(self) -> None:
        """Take in every finding that the run has."""
        known = known_by(self.connection, seen_ids(self.report.findings))
        pairs = pair(known, self.report.findings)
        moved = [old for place, old in pairs.items() if old.fingerprint not in self.report.findings[place].aliases]
        self.report = replace(self.report, findings=adopt(self.report.findings, moved))
        by_fingerprint = {one.fingerprint: one for one in known}
        taken = {old.id for old in pairs.values()}
        for place, one in enumerate(self.report.findings):
            # An id that stays with its address although its machine was paired with another finding.
            other = by_fingerprint.get(one.fingerprint)
            if place not in pairs and other is not None and other.id not in taken:
                pairs[place] = other
        later = self._said_later(pairs)
        for place, one in enumerate(self.report.findings):
            self._take(place, one, pairs.get(place), later.get(place, []))

    def _said_later(self, pairs: Mapping[int, Known]) -> dict[int, list[Said]]:
        """Return what runs that looked later, and were added before, prove of this run's findings: by place."""
        later: dict[int, list[Said]] = {}
        numbers = self.connection.scalars(select(run.c.id).where(run.c.started > self.at).order_by(run.c.started)).all()
        for number in numbers:
            sight = self.connection.scalar(select(looked.c.sight).where(looked.c.run == number))
            if sight is None:
                continue
            judge = unpacked(sight, "the history")
            have = set(self.connection.scalars(select(fact.c.finding).where(fact.c.run == number)))
            for place, one in enumerate(self.report.findings):
                if place in pairs and pairs[place].id in have:
                    continue
                facts = judge.facts(one.endpoint, one.service, self._options)
                later.setdefault(place, []).extend((number, told) for told in facts)
        return later

    def _take(self, place: int, one: Finding, held: Known | None, later: Sequence[Said]) -> None:
        said: list[Said] = [(self.number, told) for told in facts_of_seen(one, self.report, self.at)]
        views = {told.vantage for _, told in said} | set(held.life.views if held else ())
        said += [(number, told) for number, told in later if told.vantage in views]
        if held is None:
            number, self._next = self._next, self._next + 1
            life, events = live(_in_order(told for _, told in said))
        else:
            number = held.id
            life, events = self._lived(held.id, held.life, [told for _, told in said])
        if life is None:
            raise TypeError("a finding that was seen has a life")
        self.first_seen[place] = life.first_seen
        self._seen.add(number)
        newest = held is None or life.last_seen == self.at
        values = {**life_values(life), **(finding_values(one) | {"last_run": self.number} if newest else {})}
        if newest:
            self._batch.bodies.append({"finding": number, "body": body_of(one)})
        if held is None:
            values["fingerprint"] = one.fingerprint
        self._batch.row(number, None if held is None else held.row, values)
        ids = set(one.aliases) - set(() if held is None else (*held.aliases, held.fingerprint))
        self._batch.aliases += [{"alias": key, "finding": number} for key in sorted(ids)]
        self._keep(number, said, events, (one.fingerprint, str(one.endpoint), one.title))

    def missing(self) -> None:
        """Judge every finding that was open when the run looked, and that it does not have."""
        judge = Missing(self.report, vantages_of(self.report))
        for row in open_before(self.connection, self.report, self.at, self._seen):
            told = judge.facts(_endpoint_of(row), row.service, row.scope_options)
            if not told:
                continue
            before = life_of(row)
            facts = [one for one in told if one.vantage in before.views]
            if not facts:
                continue
            life, events = self._lived(row.id, before, facts)
            if life is not None:
                self._batch.row(row.id, row, life_values(life))
                self._keep(
                    row.id, [(self.number, told) for told in facts], events, (row.fingerprint, row.place, row.title)
                )

    def _lived(self, number: int, life: Life, facts: Sequence[Fact]) -> tuple[Life | None, list[Event]]:
        """Return a life after new facts; one that is told of its past is lived again from the beginning."""
        if self.at >= life.judged_at:
            events: list[Event] = []
            now: Life | None = life
            for one in facts:
                now, turned = after(now, one)
                events += turned
            return now, events
        again, events = live(_in_order([*self._facts_of(number), *facts]))
        for old in self.connection.execute(
            select(event.c.at, event.c.severity, event.c.turn, event.c.was).where(event.c.finding == number)
        ):
            self._batch.count(old.at, old.severity, old.turn, old.was, by=-1)
        self.connection.execute(delete(event).where(event.c.finding == number))
        return again, events

    def _facts_of(self, number: int) -> list[Fact]:
        rows = self.connection.execute(
            select(fact, run.c.started).join(run, run.c.id == fact.c.run).where(fact.c.finding == number)
        )
        return [
            Fact(row.started, Kind(row.kind), row.vantage, Severity(row.severity), row.what, row.accepted)
            for row in rows
        ]

    def _keep(self, number: int, said: Sequence[Said], events: Sequence[Event], named: tuple[str, str, str]) -> None:
        for source, told in said:
            self._batch.said(number, source, told)
        for one in events:
            self._batch.happened(number, one)
            if one.at == self.at:
                self.turned.append(Turned(one, *named))

    def flush(self) -> None:
        """Write everything."""
        self._batch.flush(self.connection)


def _in_order(facts: Iterable[Fact]) -> list[Fact]:
    return sorted(facts, key=lambda one: one.at)


def _endpoint_of(row: Any) -> Endpoint:
    return Endpoint(
        address=ip_address(row.address),
        port=row.port,
        transport=Transport(row.transport),
        base_path=row.base_path,
        subject=row.subject,
        host=row.host,
    )
