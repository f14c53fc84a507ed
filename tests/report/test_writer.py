import io
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.core.errors import UsageError
from scanner.core.finding import Status
from scanner.core.report import ScanReport
from scanner.report.phrases import remarks
from scanner.report.writer import Format, WriteOptions, find_format, format_names, format_of_file, render
from tests.report import samples


def test_every_module_of_the_formats_is_a_format_of_its_own_name():
    assert {"json", "sarif", "table"} <= set(format_names())
    for name in format_names():
        assert find_format(name).name == name
        assert find_format(name).about


def test_no_two_formats_claim_one_suffix():
    suffixes = [suffix for name in format_names() for suffix in find_format(name).suffixes]
    assert len(suffixes) == len(set(suffixes))


def test_an_unknown_format_names_the_known_ones():
    with pytest.raises(UsageError, match=r"choose one of csv, defectdojo,.* table"):
        find_format("yaml")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("r.json", "json"),
        ("R.NDJSON", "ndjson"),
        ("a.json/r.csv", "csv"),
        ("r.sarif.json", "sarif"),
        ("r.html", "html"),
    ],
)
def test_the_longest_suffix_decides(file, name):
    assert format_of_file(Path(file)).name == name


@pytest.mark.parametrize("file", ["report", "r.txt.gz", "json", "r.json/x"])
def test_a_suffix_of_nobody_is_told_with_what_to_do(file):
    with pytest.raises(UsageError, match=f"as in 'json:{file}'"):
        format_of_file(Path(file))


@pytest.mark.parametrize("name", ["../json", "json.x", "", "__init__", "os"])
def test_only_a_name_of_the_list_is_loaded(name):
    with pytest.raises(UsageError, match="unknown format"):
        find_format(name)


def test_a_writer_gets_clean_text_and_options():
    got = []
    toy = Format(name="toy", about="x", write=lambda report, out, options: got.append((report, options)))
    dirty = replace(samples.full_report(), findings=(replace(samples.finding(), title="\x1b[2Jx"),))
    render(toy, dirty, io.StringIO())
    ((report, options),) = got
    assert report.findings[0].title == "\\x1b[2Jx"
    assert options == WriteOptions()


@pytest.mark.parametrize("name", samples.EVERY_FORMAT)
def test_every_format_says_from_where_a_finding_was_reached(name):
    found = samples.finding(reached_from=("dmz", "office"))
    row = replace(samples.row_of(found), reached_from=("dmz", "office"))
    report = ScanReport(run=samples.run(), coverage=samples.coverage(), endpoints=(row,), findings=(found,))
    out = io.StringIO()
    find_format(name).write(report, out, WriteOptions())
    assert "dmz" in out.getvalue()
    assert "office" in out.getvalue()


def test_an_endpoint_without_a_finding_says_from_where_it_was_reached():
    row = replace(samples.row_of(samples.finding()), status=Status.OPEN, service=None, reached_from=("dmz",))
    assert "reached from dmz" in remarks(row)
