import pytest

from scanner.core.errors import UsageError
from scanner.history.store import ask
from scanner.history.store.add import add_run
from scanner.history.store.ask import story
from scanner.history.store.walk import Wanted, findings
from tests.history.store.told import HOSTS, NOW, found, told

STAYS, FIXED = HOSTS[:2]


@pytest.mark.parametrize(
    ("digits", "why"),
    [
        ("abc", "is no fingerprint"),
        ("nothexadecimal", "is no fingerprint"),
        ("0123456789", "no finding"),
        ("%" * 9, "is no"),
    ],
)
def test_a_finding_is_named_by_digits(store, digits, why):
    add_run(store, told(1, found(STAYS)), NOW)
    with store.reading() as connection, pytest.raises(UsageError, match=why):
        story(connection, digits)


def test_two_findings_of_one_beginning_need_more_digits(store):
    one, two = (found(host, fingerprint="ab" * 8 + digit * 48) for host, digit in ((STAYS, "1"), (FIXED, "2")))
    add_run(store, told(1, one, two), NOW)
    with store.reading() as connection:
        with pytest.raises(UsageError, match="several"):
            story(connection, "abababab")
        assert story(connection, "ab" * 8 + "2").held.place == f"{FIXED}:6379"


@pytest.mark.parametrize("text", ["%", "_", "/", "10.0.0._"])
def test_a_text_is_looked_for_as_it_stands(store, text):
    add_run(store, told(1, found(STAYS)), NOW)
    with store.reading() as connection:
        assert list(findings(connection, Wanted(text=text))) == []


def test_all_lives_are_told_as_each_is(store, monkeypatch):
    moved = found(HOSTS[2], fingerprint="d" * 64, aliases=("e" * 64,))
    for report in (told(1, found(STAYS), found(FIXED), moved), told(2, found(STAYS), protected=(FIXED,))):
        add_run(store, report, NOW)
    monkeypatch.setattr(ask, "_AT_ONCE", 2)
    with store.reading() as connection:
        each = [story(connection, one.fingerprint) for one in findings(connection, Wanted())]
        assert list(ask.stories(connection)) == each
    assert [(len(one.events), len(one.sightings), one.aliases) for one in each] == [
        (1, 2, ()),
        (2, 2, ()),
        (2, 2, ("e" * 64,)),
    ]
