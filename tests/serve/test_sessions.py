import pytest

from scanner.net.clock import Clock
from scanner.serve.sessions import LIFETIME_S, Sessions, Tries, same


class Now(Clock):
    at_s = 0.0

    def now_s(self):
        return Now.at_s


@pytest.fixture(autouse=True)
def begin():
    Now.at_s = 1_000.0


def test_a_session_ends_after_a_working_day():
    sessions = Sessions(Now())
    secret = sessions.begin("alice")
    Now.at_s += LIFETIME_S - 1
    assert sessions.who(secret) == "alice"
    Now.at_s += 2
    assert sessions.who(secret) is None
    assert sessions.who("") is None


def test_there_are_so_many_sessions_and_the_oldest_goes_first():
    sessions = Sessions(Now())
    secrets = [sessions.begin("alice") for _ in range(1_001)]
    assert (sessions.who(secrets[0]), sessions.who(secrets[1])) == (None, "alice")
    sessions.end(secrets[1])
    assert sessions.who(secrets[1]) is None
    assert len(set(secrets)) == 1_001


def test_each_wrong_try_doubles_the_pause_up_to_a_quarter_of_an_hour():
    tries, waits = Tries(Now()), []
    for _ in range(40):
        tries.failed("alice")
        waits.append(tries.wait_s("alice", "nobody"))
    assert waits[:8] == [0, 0, 0, 0, 2, 4, 8, 16]
    assert waits[-1] == 900
    Now.at_s += 900
    assert tries.wait_s("alice") == 0
    tries.succeeded("alice")
    tries.failed("alice")
    assert tries.wait_s("alice") == 0


def test_the_memory_of_wrong_tries_has_an_end():
    tries = Tries(Now())
    for number in range(10_050):
        tries.failed(f"address {number}")
    assert len(tries._wrong) == 10_000


def test_secrets_are_compared_whole():
    assert same("a", "a")
    assert not same("a", "ab")
    assert not same("a", "\ud800")
