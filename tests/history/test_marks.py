"""Who was being asked when a process ended; test_resume.py lets whole runs die."""

import sqlite3

import pytest

from scanner.core.event import PortEvent, PortState
from scanner.core.ports import Transport
from scanner.history.marks import TABLE, ends, key_of, settle, write

ONE = PortEvent((5 << 128) | 0xFE80 << 112 | 9, 443, Transport.TCP, PortState.OPEN, 0.25)
TWO = ONE._replace(transport=Transport.UDP)


@pytest.fixture
def database():
    with sqlite3.connect(":memory:") as made:
        made.executescript(TABLE)
        yield made
    made.close()


def rows(database):
    return list(database.execute("SELECT port, transport, under_way, ends FROM asked ORDER BY transport"))


def test_an_address_of_more_than_64_bits_keeps_all_of_them(database):
    write(database, [ONE], [])
    settle(database, died=True)
    assert ends(database) == {(ONE.address, 443, Transport.TCP): 1}
    assert key_of(ONE) != key_of(TWO)


def test_only_whoever_was_under_way_when_the_process_died_is_counted(database):
    write(database, [ONE, TWO], [])
    write(database, [], [TWO])
    settle(database, died=True)
    assert ends(database) == {ONE[:3]: 1}
    write(database, [ONE], [])
    settle(database, died=False)
    assert ends(database) == {ONE[:3]: 1}
    write(database, [ONE], [])
    settle(database, died=True)
    assert ends(database) == {ONE[:3]: 2}


def test_a_count_stays_after_an_end_in_peace_and_a_mark_without_one_leaves_nothing(database):
    write(database, [ONE, TWO], [])
    write(database, [], [TWO])
    assert rows(database) == [(443, "tcp", 1, 0)]
    settle(database, died=True)
    write(database, [ONE], [])
    write(database, [], [ONE])
    assert rows(database) == [(443, "tcp", 0, 1)]


def test_one_that_is_over_and_begins_again_is_under_way(database):
    write(database, [ONE], [])
    write(database, [ONE], [ONE])
    settle(database, died=True)
    assert ends(database) == {ONE[:3]: 1}
