import pytest

from scanner.cli import choices
from scanner.core.finding import Severity
from scanner.findings.owasp import TITLES
from scanner.probes.registry import load_registry
from scanner.report.writer import format_names

LISTS = [
    choices.engines,
    choices.editions,
    choices.levels,
    choices.colors,
    choices.shells,
    choices.formats,
    choices.trackers,
    choices.services,
]


@pytest.mark.parametrize("words", LISTS, ids=lambda words: words.__name__)
def test_each_list_has_words_that_can_be_typed_and_none_twice(words):
    found = list(words())
    assert found
    assert len(set(found)) == len(found)
    assert all(word and word == word.strip().lower() and " " not in word for word in found)


def test_every_severity_can_be_a_level_the_worst_first_and_never_is_the_last():
    assert choices.levels() == (*(severity.word for severity in sorted(Severity, reverse=True)), "never")


def test_every_edition_that_findings_know_can_be_asked_for():
    assert set(choices.editions()) == {str(year) for year in TITLES}


def test_every_format_can_go_to_standard_output_and_so_can_nothing():
    assert set(choices.formats()) == {*format_names(), choices.NOTHING}
    assert choices.NOTHING not in format_names()


def test_categories_come_before_the_services():
    entries = load_registry().entries
    found = list(choices.services())
    categories = {entry.category for entry in entries}
    assert set(found[: len(categories)]) == categories
    assert found[len(categories) :] == [entry.probe.id for entry in entries]
