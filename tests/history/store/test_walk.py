from dataclasses import replace
from itertools import product

import pytest

from scanner.core.finding import FindingState, Severity
from scanner.history.store import walk
from scanner.history.store.add import add_run
from scanner.history.store.ask import story
from scanner.history.store.life import NOT_GONE, Shows
from scanner.history.store.walk import Place, Wanted, counted, findings, page
from tests.history.store.told import NOW, found, time_of, told

HOSTS = tuple(f"10.0.{number // 8}.{number}" for number in range(1, 25))


def one(number, host):
    seen = found(host, severity=Severity(number % 5), owner=("ops", "web", "")[number % 3])
    named = replace(seen, endpoint=replace(seen.endpoint, name=f"db-{number}.prod.internal" if number % 4 else None))
    if number % 6 == 0:
        named = replace(named, state=FindingState.ACCEPTED, accepted_reason="known")
    return replace(named, rule="other", title="Another thing") if number % 7 == 0 else named


@pytest.fixture
def many(store):
    every = [one(number, host) for number, host in enumerate(HOSTS)]
    add_run(store, told(1, *every[:12], hosts=HOSTS), NOW)
    add_run(store, told(2, *every, hosts=HOSTS), NOW)
    add_run(store, told(3, *every[8:], silent=HOSTS[:4], hosts=HOSTS), NOW)
    return store


WANTED = [
    Wanted(shows=shows, owner=owner, least=least, **more)
    for shows, owner, least in product(
        [(), NOT_GONE, (Shows.GONE,), (Shows.OPEN, Shows.INCONCLUSIVE), (Shows.INCONCLUSIVE,)],
        [None, "ops", ""],
        [Severity.INFO, Severity.HIGH],
    )
    for more in ({}, {"rule": "other"}, {"accepted": True}, {"accepted": False}, {"since": time_of(2)}, {"text": "db-"},
                 {"text": "PROD"}, {"text": "another"}, {"text": "10.0.1.", "since": time_of(1)})
]  # fmt: skip


def fits(held, wanted):
    text = (wanted.text or "").lower()
    return (
        (not wanted.shows or held.shows in wanted.shows)
        and wanted.owner in {None, held.owner}
        and held.severity >= wanted.least
        and wanted.rule in {None, held.rule}
        and wanted.accepted in {None, held.accepted}
        and (wanted.since is None or held.opened_at >= wanted.since)
        and any(text in part.lower() for part in (held.place, held.name, held.title))
    )


def read(connection, wanted, size, *, back):
    """Read all pages in one direction."""
    at, rows, totals = Place("9", 0) if back else None, [], set()
    for _ in range(200):
        part = page(connection, wanted, size=size, before=at if back else None, after=None if back else at)
        rows = [*part.rows, *rows] if back else [*rows, *part.rows]
        totals.add(part.total)
        at = part.earlier if back else part.later
        if at is None:
            return [held.fingerprint for held in rows], totals
    pytest.fail("the pages have no end")


@pytest.mark.slow
@pytest.mark.parametrize(("few", "walked"), [(1_000, 20_000), (1, 3), (1, 7)])
def test_pages_in_both_directions_hold_what_is_wanted_each_once(many, monkeypatch, few, walked):
    monkeypatch.setattr(walk, "_FEW", few)
    monkeypatch.setattr(walk, "_MOST_WALKED", walked)
    with many.reading() as connection:
        every = list(findings(connection, Wanted()))
        assert len(every) == 24
        for wanted in WANTED:
            right = [held.fingerprint for held in every if fits(held, wanted)]
            for back in (False, True):
                rows, totals = read(connection, wanted, 5, back=back)
                assert rows == right, (wanted, back)
                assert totals <= {len(right), None}
                assert few == 1 or totals == {len(right)}
            assert counted(connection, wanted) in totals
            assert [held.fingerprint for held in findings(connection, wanted, limit=3)] == right[:3]


def test_a_walk_that_finds_nothing_stops_and_says_where_to_go_on(many, monkeypatch):
    monkeypatch.setattr(walk, "_FEW", 1)
    monkeypatch.setattr(walk, "_MOST_WALKED", 3)
    with many.reading() as connection:
        part = page(connection, Wanted(text="db-1.", shows=(Shows.GONE,)), size=5)
        assert (part.rows, part.total, part.later is None) == ((), None, False)


def test_the_order_is_open_before_gone_then_the_gravest_then_the_oldest(many):
    with many.reading() as connection:
        rows = list(findings(connection, Wanted()))
        assert rows == sorted(rows, key=lambda held: (held.gone_at is not None, -held.severity, held.first_seen))
        assert story(connection, rows[0].fingerprint).held == rows[0]


@pytest.mark.parametrize("words", ["", "x", "1~", "~", "03~99999999999", "\u00e9~1", "03\0~1"])
def test_what_names_no_place_is_none(words):
    assert Place.read(words) is None


def test_a_place_survives_its_words():
    assert Place.read(Place("032026-11-01T06:00:00Z", 7).words) == Place("032026-11-01T06:00:00Z", 7)
