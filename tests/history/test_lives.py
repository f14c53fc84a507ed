import pytest

from scanner.core.errors import UsageError
from scanner.history.lives import FINDING_COLUMNS, age, finding_row, since, state_words, story_lines, story_object
from scanner.history.store.add import add_run
from scanner.history.store.ask import story
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from scanner.history.store.walk import Wanted, findings
from tests.history.store.told import HOSTS, NOW, found, told


@pytest.mark.parametrize(
    ("word", "time"),
    [
        ("7d", "2026-12-24T00:00:00Z"),
        ("12h", "2026-12-30T12:00:00Z"),
        ("2w", "2026-12-17T00:00:00Z"),
        ("2026-11-01", "2026-11-01T00:00:00Z"),
        ("99999w", "0110-06-26T00:00:00Z"),
        ("0999-01-01", "0999-01-01T00:00:00Z"),
    ],
)
def test_a_span_counts_from_now(word, time):
    assert since(word, NOW) == time


@pytest.mark.parametrize("word", ["2026-02-30", "0000-01-01"])
def test_a_day_that_is_none_is_a_line(word):
    with pytest.raises(UsageError, match="is no day"):
        since(word, NOW)


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ("2026-11-28T00:00:00Z", "27 d"),
        ("2026-11-01T03:00:00Z", "3 h"),
        ("2026-11-01T00:02:00Z", "2 min"),
        ("2026-11-01T00:00:09Z", "9 s"),
        ("2026-10-01T00:00:00Z", "0 s"),
    ],
)
def test_an_age_is_short(last, words):
    assert age("2026-11-01T00:00:00Z", last) == words


def test_a_life_is_told_and_written_with_nothing_that_moves_a_cursor(tmp_path):
    with Store(read_place(str(tmp_path / "h.db"))) as store:
        add_run(store, told(1, found(HOSTS[0], product="Redis\x1b[2J", owner="o\u202ews")), NOW)
        with store.reading() as connection:
            (held,) = findings(connection, Wanted())
            life = story(connection, held.fingerprint)
    text = "\n".join(story_lines(life, NOW))
    assert "What happened" in text
    assert not {"\x1b", "\u202e"} & set(text)
    assert len(finding_row(held)) == len(FINDING_COLUMNS)
    assert story_object(life)["events"][0]["event"] == "new"
    assert state_words(held) == "open"
