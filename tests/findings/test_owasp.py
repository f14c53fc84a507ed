import difflib
from pathlib import Path

import pytest

from scanner.findings.owasp import CWE_CATEGORIES, EDITIONS, TITLES, categories, title

GOLDEN = Path(__file__).parent / "golden" / "owasp.txt"


def whole_mapping() -> str:
    lines = []
    for cwe in sorted(CWE_CATEGORIES):
        for clear_text in (False, True):
            found = categories([cwe], clear_text=clear_text)
            columns = "  ".join(f"{edition}: {' '.join(found.of(edition)):<10}" for edition in EDITIONS)
            lines.append(f"CWE-{cwe:<5} {'clear text' if clear_text else '':<11} {columns}".rstrip())
    lines += [f"{edition} {code} {name}" for edition in EDITIONS for code, name in TITLES[edition].items()]
    return "\n".join(lines) + "\n"


def test_the_whole_mapping_is_as_reviewed():
    expected, actual = GOLDEN.read_text(), whole_mapping()
    assert actual == expected, "\n".join(difflib.unified_diff(expected.splitlines(), actual.splitlines(), lineterm=""))


def test_missing_authentication_is_misconfiguration_first():
    found = categories([306])
    assert found.y2017 == ("A6", "A2")
    assert found.y2021 == ("A05", "A07")
    assert found.y2025 == ("A02", "A07")


def test_readable_data_adds_access_control():
    found = categories([306, 200])
    assert found.y2017 == ("A6", "A2", "A5")
    assert found.y2021 == ("A05", "A07", "A01")
    assert found.y2025 == ("A02", "A07", "A01")


def test_clear_text_is_its_own_root_cause():
    found = categories([319, 306], clear_text=True)
    assert (found.y2017[0], found.y2021[0], found.y2025[0]) == ("A3", "A02", "A04")
    assert found.y2025 == ("A04", "A07")


def test_clear_text_on_the_side_stays_secondary():
    assert categories([306, 319]).y2025 == ("A02", "A07", "A04")


def test_default_credentials_are_authentication_first():
    assert categories([1392]).y2025 == ("A07", "A02")


def test_an_unmapped_weakness_still_has_a_primary_category():
    assert categories([406]).y2021 == ("A05",)
    assert categories([999_999]).y2025 == ("A02",)
    assert categories([]).y2017 == ("A6",)


def test_every_category_named_by_a_cwe_exists():
    for columns in CWE_CATEGORIES.values():
        for edition, code in zip(EDITIONS, columns, strict=True):
            assert code is None or title(edition, code)


def test_titles():
    assert title(2025, "A02") == "Security Misconfiguration"
    assert title(2017, "A6") == "Security Misconfiguration"
    assert title(2021, "A10") == "Server-Side Request Forgery (SSRF)"
    assert [len(TITLES[edition]) for edition in EDITIONS] == [10, 10, 10]
    with pytest.raises(KeyError):
        title(2013, "A1")
