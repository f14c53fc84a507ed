import ipaddress
import socket
import threading

import pytest

from scanner.core.problem import Problem, ProblemKind
from scanner.targets.resolve import resolve_names, system_lookup

ONE = ipaddress.ip_address("10.0.0.1")
TWO = ipaddress.ip_address("fd00::2")


def test_every_name_is_asked_once_and_a_dead_one_is_a_problem():
    asked = []

    def lookup(name):
        asked.append(name)
        if name == "dead":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if name == "empty":
            return []
        if name == "ill":
            raise UnicodeError("label too long")
        return [ONE, TWO, ONE]

    answers = resolve_names(["a", "dead", "b", "a", "empty", "ill"], lookup)
    assert sorted(asked) == ["a", "b", "dead", "empty", "ill"]
    assert answers.addresses == {"a": (ONE, TWO), "b": (ONE, TWO)}
    assert answers.problems == [
        Problem(ProblemKind.NAME_NOT_RESOLVED, "dead", "Name or service not known; the name was not scanned"),
        Problem(ProblemKind.NAME_NOT_RESOLVED, "empty", "it has no address; the name was not scanned"),
        Problem(ProblemKind.NAME_NOT_RESOLVED, "ill", "it has no address; the name was not scanned"),
    ]


def test_slow_names_hold_nobody_up_for_longer_than_the_deadline():
    release = threading.Event()

    def lookup(name):
        if name.startswith("slow"):
            release.wait()
        return [ONE]

    answers = resolve_names(["quick", *(f"slow{number}" for number in range(5))], lookup, patience_s=0.5)
    release.set()
    assert list(answers.addresses) == ["quick"]
    assert [problem.where for problem in answers.problems] == [f"slow{number}" for number in range(5)]
    assert all("in time" in problem.detail for problem in answers.problems)


def test_many_names_share_few_threads():
    lock = threading.Lock()
    running: list[int] = []
    most = 0

    def lookup(name):
        nonlocal most
        with lock:
            running.append(1)
            most = max(most, len(running))
        with lock:
            running.pop()
        return [ONE]

    names = [f"host{number}" for number in range(500)]
    assert list(resolve_names(names, lookup).addresses) == names
    assert most <= 16


def test_no_names_start_nothing():
    assert resolve_names([], lambda _: pytest.fail("asked")).addresses == {}


def test_the_system_knows_localhost():
    assert ipaddress.ip_address("127.0.0.1") in system_lookup("localhost")


def answering(monkeypatch, answers):
    asked = []

    def getaddrinfo(name, *_args, **_named):
        asked.append(name)
        if name not in answers:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(None, None, None, "", where) for where in answers[name]]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_a_dotted_name_is_absolute_before_search_domains_can_catch_it(monkeypatch):
    asked = answering(monkeypatch, {"db.example.": [("10.0.0.1", 0)], "db.example": [("10.9.9.9", 0)]})
    assert system_lookup("db.example") == [ONE]
    assert asked == ["db.example."]


def test_a_name_of_the_hosts_file_is_found_without_the_final_dot(monkeypatch):
    asked = answering(monkeypatch, {"db.local": [("fd00::2", 0, 0, 0)]})
    assert system_lookup("db.local") == [TWO]
    assert asked == ["db.local.", "db.local"]


def test_a_link_local_answer_keeps_its_zone(monkeypatch):
    answering(monkeypatch, {"nas": [("fe80::1", 0, 0, 7), ("fe80::2%eth0", 0, 0, 2)]})
    assert [str(address) for address in system_lookup("nas")] == ["fe80::1%7", "fe80::2%eth0"]
