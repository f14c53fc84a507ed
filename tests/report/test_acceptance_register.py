"""The register of accepted exposures: what ends first on top, what has expired said so, and nothing runs in a cell."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from scanner.findings.acceptance_file import parse_acceptances
from scanner.report.acceptance_register import COLUMNS, write_csv, write_markdown
from tests.report import hostile

TODAY = date(2027, 1, 10)
FILE = """
[[accept]]
target = "10.0.0.0/24"
service = "redis"
rule = "redis-no-password"
reason = "cache of the build farm"
owner = "platform"
until = 2027-03-31

[[accept]]
target = "10.0.0.9"
name = "web-9"
port = 8080
reason = "public mirror"
owner = "ops"
until = 2027-01-01
despite_compromise = true
"""


def entries(text=FILE):
    return parse_acceptances(text, Path("accept.toml"))


def rows(text=FILE):
    out = io.StringIO()
    write_csv(entries(text), TODAY, out)
    return list(csv.reader(io.StringIO(out.getvalue()), strict=True))


def page(text=FILE):
    out = io.StringIO()
    write_markdown(entries(text), TODAY, out)
    return out.getvalue()


def test_csv_has_a_row_an_entry_and_what_ends_first_on_top():
    assert rows() == [
        list(COLUMNS),
        ["10.0.0.9", "web-9", "port 8080", "every rule", "public mirror", "ops", "2027-01-01", "expired 9 days ago",
         "yes", "accept.toml:10"],
        ["10.0.0.0/24", "", "redis", "redis-no-password", "cache of the build farm", "platform", "2027-03-31",
         "holds, 80 days left", "no", "accept.toml:2"],
    ]  # fmt: skip


def test_markdown_says_first_how_much_holds_no_longer():
    lines = page().splitlines()
    assert lines[:3] == ["# Accepted exposures on 2027-01-10", "", "2 acceptances, 1 expired."]
    assert len([line for line in lines if line.startswith("| ")]) == 4


def test_the_last_day_still_holds():
    assert "holds, 0 days left" in page(FILE.replace("2027-01-01", "2027-01-10"))


def test_no_entry_is_a_register_too():
    assert page("").endswith("0 acceptances, 0 expired.\n")
    assert rows("") == [list(COLUMNS)]


TEXTS = {
    kind: text
    for kind, text in hostile.STRINGS.items()
    # TOML holds no blank reason of ours and no half of a surrogate pair.
    if text.strip() and not any(0xD800 <= ord(one) <= 0xDFFF for one in text)
}


@pytest.mark.parametrize("kind", TEXTS)
def test_hostile_text_stays_in_its_cell(kind):
    written = "".join(f"\\U{ord(one):08x}" for one in TEXTS[kind])
    told = FILE.replace("public mirror", written)
    assert [len(row) for row in rows(told)] == [len(COLUMNS)] * 3
    assert rows(told)[1][4][:1] not in set("=+-@\t\r")
    kinds = [token.type for token in MarkdownIt("commonmark").enable("table").parse(page(told))]
    assert kinds.count("td_open") == 2 * len(COLUMNS)
    assert "html_block" not in kinds
