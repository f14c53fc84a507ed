"""No question goes over a table that grows with the findings: what SQLite is about to do is read from its plans."""

import re

import pytest
from sqlalchemy import event as events

from scanner.history.store.add import add_run
from tests.history.store.asked import questions
from tests.history.store.told import HOSTS, NOW, found, run_of, told

GROWING = {"finding", "fact", "event", "alias", "endpoint", "sought", "wording"}
NAMES = list(questions(NOW, "2026-11-01", "2026-11-30", found(HOSTS[0]).fingerprint, 2))
_SCAN = re.compile(r"SCAN (\w+)(.*)")


@pytest.fixture
def told_of(store):
    for day in range(1, 12):
        add_run(store, run_of(day), NOW)
    return store


def plans_of(store, act):
    """Return each statement that something sends, with the lines of its plan."""
    sent = []

    def note(_connection, _cursor, statement, parameters, _context, many):
        if not statement.startswith(("BEGIN", "PRAGMA")):
            sent.append((statement, parameters[0] if many else parameters))

    events.listen(store._engine, "before_cursor_execute", note)
    act()
    events.remove(store._engine, "before_cursor_execute", note)
    with store.reading() as connection:
        for statement, parameters in sent:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            yield statement, [row[3] for row in rows]


def walks_all(statement, line):
    found_scan = _SCAN.match(line)
    if found_scan is None or found_scan[1] not in GROWING:
        return False
    # A list in the order of an index ends with its page.
    return not ("USING" in found_scan[2] and "INDEX" in found_scan[2] and "LIMIT" in statement)


@pytest.mark.parametrize("name", NAMES)
def test_a_question_is_answered_by_an_index(told_of, name):
    ask = questions(NOW, "2026-11-01", "2026-11-30", found(HOSTS[0]).fingerprint, 2)[name]

    def act():
        with told_of.reading() as connection:
            ask(connection)

    for statement, lines in plans_of(told_of, act):
        assert [line for line in lines if walks_all(statement, line)] == [], statement
        ordered = [line for line in lines if "TEMP B-TREE FOR ORDER BY" in line]
        grows = any(re.search(rf"(SCAN|SEARCH) {name} ", line) for line in lines for name in ("finding", "endpoint"))
        assert not (ordered and grows), (statement, lines)


def test_adding_a_run_looks_at_what_it_can_have_seen_and_at_nothing_else(told_of):
    late = told(20, found(HOSTS[0]), silent=(HOSTS[1],))
    for statement, lines in plans_of(told_of, lambda: add_run(told_of, late, NOW)):
        assert [line for line in lines if walks_all(statement, line)] == [], statement


def test_a_plan_that_goes_over_everything_is_seen(store):
    def act():
        with store.reading() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM finding WHERE what = 'x'")

    ((statement, lines),) = plans_of(store, act)
    assert walks_all(statement, lines[0])
