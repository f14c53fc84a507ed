from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.report.charts import Bar, bars, severity_parts
from tests.report import samples


def drawn(title, *entries):
    root = ElementTree.fromstring(bars(title, entries))
    lengths = [int(rect.get("width")) for rect in root.iter("rect") if rect.get("class") != "track"]
    return root, lengths, [text.text for text in root.iter("text")]


def test_a_bar_is_as_long_as_its_share():
    _, lengths, texts = drawn("Findings", Bar("a", 1_200), Bar("b", 600), Bar("c", 1), Bar("d", 0))
    assert lengths == [320, 160, 3, 0]
    assert texts == ["a", "1,200", "b", "600", "c", "1", "d", "0"]


@pytest.mark.parametrize(("entries", "height"), [((), 38), ((Bar("a", 0),), 38), ((Bar("a", 0), Bar("b", 0)), 76)])
def test_nothing_found_is_a_chart_too(entries, height):
    root, lengths, _ = drawn("x", *entries)
    assert root.get("viewBox") == f"0 0 320 {height}"
    assert lengths == [0] * len(entries)


def test_a_screen_reader_is_told_every_number():
    root, _, _ = drawn("By severity", Bar("high", 2_000, "high"), Bar("low", 1))
    assert (root.get("role"), root.get("aria-label")) == ("img", "By severity. high: 2,000; low: 1")
    assert 'class="high"' in bars("x", [Bar("a", 1, "high")])


@pytest.mark.parametrize(("length", "shown"), [(42, "x" * 42), (43, "x" * 41 + "\u2026")])
def test_a_long_label_is_cut(length, shown):
    assert drawn("x", Bar("x" * length, 1))[2][0] == shown


@settings(max_examples=40)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=60), st.integers(0, 9))
def test_no_label_leaves_its_place(label, total):
    label = label.replace("\ufffe", "").replace("\uffff", "")
    root, _, texts = drawn(label, Bar(label, total))
    assert root.get("aria-label").startswith(label.split("\n")[0])
    assert (texts[0] or "")[:41] == label[:41]
    assert {child.tag for child in root} == {"text", "rect"}


def test_a_bar_of_parts_is_as_long_as_a_whole_one_and_told_in_words():
    parts = (("critical", 1), ("low", 3))
    root, lengths, _ = drawn("By port", Bar("6379", 4, parts=parts), Bar("80", 2))
    assert lengths == [80, 240, 160]
    assert root.get("aria-label") == "By port. 6379: 4 (1 critical, 3 low); 80: 2"
    lefts = [int(rect.get("x")) for rect in root.iter("rect") if rect.get("class") != "track"]
    assert lefts == [0, 80, 0]


def test_many_small_parts_stay_within_the_chart():
    _, lengths, _ = drawn("x", Bar("a", 1_000, parts=(("critical", 998), ("high", 1), ("low", 1))))
    assert sum(lengths) <= 320


def test_parts_are_the_severities_that_were_found():
    found = [samples.finding(), samples.docker_finding(), samples.finding("127.0.0.9")]
    assert severity_parts(found) == (("critical", 1), ("high", 2))
