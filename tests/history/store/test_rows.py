import pytest

from scanner.history.store.add import add_run
from scanner.history.store.life import Fact, Kind, live
from scanner.history.store.rows import chunks, known_by, life_values, next_id, upsert
from scanner.history.store.tables import daily, finding
from tests.history.store.told import HOSTS, NOW, found, told


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (2, [2]), (3, [3]), (7, [3, 3, 1])])
def test_many_values_go_into_several_statements(count, sizes):
    assert [len(part) for part in chunks(range(count), 3)] == sizes


def test_a_life_survives_its_row(store):
    add_run(store, told(1, found(HOSTS[0], aliases=("c" * 64,)), vantage="dmz"), NOW)
    add_run(store, told(2, silent=HOSTS[:1], vantage="dmz"), NOW)
    with store.reading() as connection:
        (held,) = known_by(connection, ["c" * 64])
        assert (held.aliases, next_id(connection, finding)) == (("c" * 64,), 2)
        assert known_by(connection, ["d" * 64]) == []
        row = connection.execute(finding.select()).one()._mapping
    assert held.life.shows == "inconclusive"
    assert life_values(held.life).items() <= dict(row).items()


def test_what_is_gone_has_taken_its_time():
    life, _ = live([Fact("2026-11-01T00:00:00Z", Kind.SEEN), Fact("2026-11-02T00:00:00Z", Kind.GONE, what="refused")])
    assert life_values(life)["fix_s"] == 86_400


def test_a_row_of_the_same_key_is_set_anew_but_for_what_is_kept(store):
    row = {"day": "2026-11-01", "severity": 1, "turn": "new", "count": 1}
    with store.writing() as connection:
        upsert(connection, daily, ("day", "severity", "turn"), [row])
        upsert(connection, daily, ("day", "severity", "turn"), [{**row, "count": 5}])
        assert connection.execute(daily.select()).one().count == 5
        upsert(connection, daily, ("day", "severity", "turn"), [{**row, "count": 9}], least=("count",))
        assert connection.execute(daily.select()).one().count == 5
        upsert(connection, daily, ("day", "severity", "turn"), [])
