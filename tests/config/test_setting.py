import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.config.setting import MOST_SETTINGS, Settings, Unread, collect, setting
from scanner.core.finding import Anchor

UNREAD = Unread(Anchor(file="f", line=1), "no setting")


def of(*pairs):
    return Settings(tuple(setting(name, value, "f", line) for line, (name, value) in enumerate(pairs, 1)))


@pytest.mark.parametrize("word", ["yes", "TRUE", " on ", "1", "enabled"])
def test_words_for_yes(word):
    assert setting("a", word, "f", 1).true


@pytest.mark.parametrize("word", ["", "no", "off", "0", "2", "disabled", "yes please"])
def test_everything_else_is_no(word):
    assert not setting("a", word, "f", 1).true


def test_the_last_one_counts():
    settings = of(("a", "yes"), ("b", "x"), ("a", "no"))
    assert settings.value("a") == "no"
    assert settings.true("a") is None
    assert settings.last("a", "b").place == "f:3"
    assert [entry.value for entry in settings.all("a")] == ["yes", "no"]
    assert settings.value("c", "default") == "default"


def test_joined_files_keep_their_order_and_what_was_not_understood():
    joined = of(("a", "1")).joined(Settings(unread=(UNREAD,)), of(("a", "2")))
    assert joined.value("a") == "2"
    assert joined.unread == (UNREAD,)


@given(st.text(max_size=2_000))
def test_the_shown_line_is_clean_and_short(text):
    shown = setting("a", "b", "f", 1, text).text
    assert 0 < len(shown) <= 400
    assert shown.isprintable()


@pytest.mark.parametrize("more", [0, 1])
def test_only_a_file_with_more_says_that_it_is_not_wholly_read(more):
    entry = setting("a", "b", "f", 1)
    found = collect((entry for _ in range(MOST_SETTINGS + more)), "f")
    assert (len(found.entries), len(found.unread)) == (MOST_SETTINGS, more)


def test_lines_that_are_not_understood_are_bounded_too():
    found = collect((UNREAD for _ in range(MOST_SETTINGS + 5)), "f")
    assert len(found.unread) == MOST_SETTINGS + 1
    assert "more than" in found.unread[-1].why
