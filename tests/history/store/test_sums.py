import pytest
from sqlalchemy import select

from scanner.history.store.prune import prune
from scanner.history.store.refill import refill
from scanner.history.store.sums import Facets, Sums, rebuild, rounded
from scanner.history.store.tables import closed, sought, standing
from tests.history.store.told import time_of

DAY_S = 86_400


@pytest.mark.parametrize(
    ("spent_s", "kept_s"),
    [(0, 0), (29, 0), (31, 60), (3_599, 3_600), (5 * 3_600 + 89, 5 * 3_600 + 60), (DAY_S, DAY_S),
     (8 * DAY_S + 1_000, 8 * DAY_S), (8 * DAY_S + 1_900, 8 * DAY_S + 3_600), (59.9 * DAY_S, 1_438 * 3_600),
     (400.4 * DAY_S, 400 * DAY_S)],
)  # fmt: skip
def test_a_time_is_kept_as_finely_as_it_is_told(spent_s, kept_s):
    assert rounded(spent_s) == kept_s


def sums(store):
    with store.reading() as connection:
        return [sorted(map(repr, connection.execute(select(table)))) for table in (standing, closed, sought)]


def test_sums_that_are_kept_are_those_that_are_counted(filled):
    kept = sums(filled)
    assert all(kept)
    with filled.writing() as connection:
        rebuild(connection)
    assert sums(filled) == kept
    prune(filled, time_of(25))
    pruned = sums(filled)
    assert pruned != kept
    with filled.writing() as connection:
        refill(connection)
    assert sums(filled) == pruned


def test_what_is_left_of_nothing_goes(store):
    facets = Facets("ops", "rule", "title", 3, False, 2, 60.0)
    for before, after, rows in ((None, facets, (1, 3)), (facets, None, (0, 0))):
        turned = Sums()
        turned.turn(before, after)
        with store.writing() as connection:
            turned.write(connection)
        assert tuple(len(part) for part in sums(store)[:2]) == rows
