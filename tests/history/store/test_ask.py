import pytest

from scanner.core.errors import UsageError
from scanner.history.store.add import add_run
from scanner.history.store.ask import Wanted, findings, story
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
