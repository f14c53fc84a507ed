from scanner.history.store.add import add_run
from scanner.history.store.owed import events_of, give_back, owed, recall, remember, sent
from tests.history.store.told import HOSTS, NOW, found, told

ONE, TWO = HOSTS[:2]


def test_nobody_is_owed_anything_before_the_first_run(store):
    assert owed(store, "sink", NOW) == []


def test_what_was_sent_is_not_owed_and_what_was_given_back_is(store):
    for day in (1, 2):
        add_run(store, told(day, found(ONE)), NOW)
    assert owed(store, "sink", NOW) == [2]
    sent(store, "sink", 2, NOW)
    add_run(store, told(3, found(ONE)), NOW)
    assert owed(store, "sink", NOW) == [3]
    give_back(store, "sink", 3)
    assert owed(store, "sink", NOW) == [3]
    assert owed(store, "other", NOW) == [3]


def test_a_run_has_the_events_of_its_own(store):
    add_run(store, told(1, found(ONE), vantage="a"), NOW)
    add_run(store, told(1, found(TWO), vantage="b"), NOW)
    with store.reading() as connection:
        assert [[row.place for row in events_of(connection, number)] for number in (1, 2)] == [
            [f"{ONE}:6379"], [f"{TWO}:6379"],
        ]  # fmt: skip


def test_a_memo_is_remembered(store):
    remember(store, "name", "one")
    remember(store, "name", "two")
    with store.reading() as connection:
        assert (recall(connection, "name"), recall(connection, "none")) == ("two", "")
