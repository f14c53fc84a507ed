import pytest

from scanner.core.finding import Anchor, Owasp, Severity


def test_severities_are_ordered_and_named_as_reports_write_them():
    assert [one.word for one in sorted(Severity)] == ["info", "low", "medium", "high", "critical"]


def test_each_edition_has_its_own_categories_and_no_other_edition_has_any():
    owasp = Owasp(y2017=("A6",), y2021=("A05", "A07"), y2025=("A02",))
    assert [owasp.of(edition) for edition in (2017, 2021, 2025)] == [("A6",), ("A05", "A07"), ("A02",)]
    with pytest.raises(KeyError):
        owasp.of(2013)


def test_a_line_to_write_instead_names_the_place_and_without_one_nothing_is_said():
    anchor = Anchor(file="compose.yaml", line=5)
    assert anchor.remedy(('"127.0.0.1:6379:6379"',)) == ("# compose.yaml:5: write instead", '"127.0.0.1:6379:6379"')
    assert anchor.remedy(()) == ()
