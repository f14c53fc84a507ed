from pathlib import Path

import pytest

from scanner.core.errors import UsageError
from scanner.report.pick import LEAST_DIGITS, pick_finding
from tests.report.samples import finding, report

ONE, TWO = finding(fingerprint="ab12cd34" + "0" * 56), finding(fingerprint="ab12cd34" + "1" * 56, aliases=("f" * 64,))
FILE = Path("report.json")


@pytest.mark.parametrize(
    ("digits", "found"),
    [("ab12cd340", ONE), ("AB12CD341", TWO), (f" {ONE.fingerprint}\n", ONE), ("f" * LEAST_DIGITS, TWO)],
)
def test_a_beginning_is_enough_where_it_is_the_only_one(digits, found):
    assert pick_finding(report(ONE, TWO), digits, FILE) == found


@pytest.mark.parametrize(
    ("digits", "complaint"),
    [
        ("ab12cd3", "at least 8 digits"),
        ("", "at least 8 digits"),
        ("ab12cd34", "report.json: 2 findings start with ab12cd34"),
        ("00000000", "report.json: no finding 00000000"),
    ],
)
def test_anything_but_one_is_refused(digits, complaint):
    with pytest.raises(UsageError, match=complaint):
        pick_finding(report(ONE, TWO), digits, FILE)
