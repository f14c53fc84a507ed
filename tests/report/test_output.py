import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.core.errors import ReportError, UsageError
from scanner.report.output import Output, demand_outputs, emit, parse_output
from scanner.report.writer import WriteOptions, find_format, format_of_file
from tests.report import samples


@pytest.mark.parametrize(
    ("text", "name", "file"),
    [
        ("report.json", "json", "report.json"),
        ("out/REPORT.JSON", "json", "out/REPORT.JSON"),
        ("report.ndjson", "ndjson", "report.ndjson"),
        ("json:report", "json", "report"),
        ("ndjson:a:b.json", "ndjson", "a:b.json"),
        ("./a:b.json", "json", "./a:b.json"),
        ("table:findings", "table", "findings"),
    ],
)
def test_outputs_are_told_by_prefix_or_suffix(text, name, file):
    output = parse_output(text)
    assert (output.format.name, str(output.path)) == (name, os.path.normpath(file))


@pytest.mark.parametrize("text", ["report", "report.docx", "docx:report.json", "json:-"])
def test_an_output_without_a_known_format_is_a_usage_error(text):
    with pytest.raises(UsageError, match="format"):
        parse_output(text)


def test_a_folder_that_links_to_itself_is_told_before_the_scan(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(UsageError, match=r"its folder can't be reached|symbolic links"):
        demand_outputs([parse_output(f"{tmp_path}/loop/x.json")])


def test_one_file_named_twice_is_told_before_the_scan(tmp_path):
    chosen = find_format("json")
    with pytest.raises(UsageError, match="twice"):
        demand_outputs([Output(chosen, tmp_path / "a.json"), Output(chosen, tmp_path / "." / "a.json")])


def test_one_output_that_fails_does_not_stop_the_others(tmp_path):
    outputs = [
        Output(find_format("json"), tmp_path / "none" / "a.json"),
        Output(find_format("json"), tmp_path / "b.json"),
    ]
    stream = io.StringIO()
    with pytest.raises(ReportError, match=r"none/a\.json"):
        emit(samples.full_report(), outputs, shown=find_format("ndjson"), options=WriteOptions(), stream=stream)
    assert json.loads((tmp_path / "b.json").read_text())["summary"]["new"] == 2
    assert stream.getvalue().count("\n") == 15


def test_a_reader_that_closes_the_pipe_early_is_no_error_and_files_are_whole(tmp_path):
    script = (
        "import sys; from pathlib import Path; from tests.report import samples\n"
        "from scanner.report.output import *\n"
        "emit(samples.many(3000), [Output(find_format('json'), Path(sys.argv[1]))], shown=find_format('json'),"
        " options=WriteOptions())\n"
        "sys.exit(1)\n"
    )
    path = tmp_path / "report.json"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        child.stdout.read(1)
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait(30) == 1
    assert len(json.loads(path.read_text())["findings"]) == 3000


def test_a_full_standard_output_is_a_report_error():
    script = (
        "from tests.report import samples\nfrom scanner.report.output import *\n"
        "from scanner.core.errors import ReportError\n"
        "try:\n    emit(samples.full_report(), [], shown=find_format('json'), options=WriteOptions())\n"
        "except ReportError as error:\n    raise SystemExit(str(error))\n"
    )
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", script], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "standard output: the report can't be written: No space left on device\n"


def test_a_terminal_of_another_encoding_gets_escapes():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    report = samples.report(samples.finding(title="caf\u00e9", detail="caf\u00e9"))
    emit(report, [], shown=find_format("table"), options=WriteOptions(), stream=stream)
    assert b"caf\\xe9" in raw.getvalue()


def test_suffix_lookup_names_the_remedy(tmp_path):
    with pytest.raises(UsageError, match="json:"):
        format_of_file(tmp_path / "report")


def test_a_job_summary_that_can_not_be_written_is_named(tmp_path):
    options = WriteOptions(step_summary=tmp_path / "none" / "summary.md")
    stream = io.StringIO()
    with pytest.raises(ReportError, match=r"none/summary\.md"):
        emit(samples.full_report(), [], shown=find_format("github"), options=options, stream=stream)
    assert stream.getvalue().startswith("::error ")
