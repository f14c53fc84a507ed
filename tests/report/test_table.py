import io
import re

import pytest

from scanner.core.finding import Severity
from scanner.core.problem import ProblemKind
from scanner.core.report import EndpointRow, ScanReport
from scanner.report.writer import WriteOptions, find_format, render
from tests.report import samples


def table(report: ScanReport, width: int = 80, *, colour: bool = False) -> str:
    out = io.StringIO()
    render(find_format("table"), report, out, WriteOptions(width=width, colour=colour))
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 100, 160])
def test_only_lines_to_paste_are_longer_than_the_terminal(width):
    finding = samples.docker_finding("2001:db8:1111:2222:3333:4444:5555:6666", version="v" * 90)
    report = samples.report(finding, *samples.full_report().findings)
    pasted = {line for found in report.findings for line in (*found.remedy, *found.references, found.fingerprint)}
    for line in table(report, width).splitlines():
        assert len(line) <= width or line.split(maxsplit=1)[-1] in pasted, line


def test_the_worst_comes_first_and_exposed_before_protected_before_open():
    text = table(samples.full_report())
    marks = ["A02:2025 Security Misconfiguration", "CRITICAL", "HIGH", "protected", "identified", "127.0.0.3:8080"]
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)


def test_groups_follow_the_edition_and_the_worst_group_leads():
    plain = samples.finding("127.0.0.9", severity=Severity.LOW, priority=Severity.LOW)
    report = samples.report(plain, samples.docker_finding(), edition=2017)
    assert "A6:2017 Security Misconfiguration: 1 critical, 1 low" in table(report)


def test_a_finding_says_what_is_so_what_it_gives_how_it_is_proven_and_how_to_close_it():
    found = samples.finding()
    for width in (80, 160):
        text = " ".join(table(samples.report(found), width).split())
        for told in (found.fingerprint, "PING -> +PONG", *found.remedy, *found.references, "Redis 7.0.15"):
            assert " ".join(told.split()) in text
    assert found.impact in " ".join(table(samples.report(found), 80).split())


def test_signs_of_a_break_in_stand_out():
    assert "!! possible break-in: image-known-miner: heybb/theimg2:latest" in table(samples.full_report())


def test_a_remedy_shared_by_many_findings_is_told_once():
    report = samples.report(*(samples.finding(f"127.0.0.{number}") for number in range(1, 9)))
    assert table(report).count("requirepass") == 1


def test_accepted_and_known_findings_are_marked():
    text = table(samples.full_report())
    assert "accepted: lab cache (lab)" in text
    assert "known since the baseline" in text


def test_colour_only_when_asked():
    assert "\x1b" not in table(samples.full_report())
    assert "\x1b[1;37;41mCRITICAL\x1b[0m" in table(samples.full_report(), colour=True)


def test_colour_does_not_move_the_columns():
    import re

    report = samples.full_report()
    assert re.sub(r"\x1b\[[0-9;]*m", "", table(report, colour=True)) == table(report)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (samples.clean_report, "Clean: no exposure found, and every planned endpoint was looked at."),
        (samples.blind_report, "Could not look: nothing answered."),
        (samples.empty_report, "Could not look: nothing answered."),
    ],
)
def test_clean_and_could_not_look_are_told_apart(make, sentence):
    assert table(make()).splitlines()[-1] == sentence


def test_a_long_list_of_problems_is_cut_with_a_word():
    from scanner.core.problem import Problem

    problems = tuple(Problem(ProblemKind.PROBE_CRASHED, f"127.0.0.1:{port}", "KeyError") for port in range(1, 101))
    text = table(samples.report(problems=problems))
    assert "Problems: 100" in text
    assert "and 80 more" in text
    assert "127.0.0.1:99" not in text


def _open_row(host: int, **said: str) -> EndpointRow:
    return EndpointRow(endpoint=samples.endpoint(f"127.0.{host >> 8}.{host & 255}", 80), **said)


def test_decoys_with_one_reason_share_a_line():
    alike = [
        _open_row(host, note=f"HTTP 503 of {host}", decoy="port 80 answers for addresses without a host")
        for host in range(254)
    ]
    other = _open_row(999, note="HTTP 200", decoy="an echo")
    text = table(samples.report(endpoints=(*alike, other)), 160)
    assert (
        "127.0.0.0:80, 127.0.0.1:80, 127.0.0.2:80 and 251 more, all in the JSON report  possible decoy: port 80" in text
    )
    assert text.count("possible decoy") == 2
    assert "127.0.3.231:80  HTTP 200; possible decoy: an echo" in text


def test_open_ports_of_which_much_is_said_are_all_named_up_to_a_limit():
    text = table(samples.report(endpoints=tuple(_open_row(host, note="it closes") for host in range(300))), 160)
    assert text.count("it closes") == 20
    assert "127.0.0.219:80 and 80 more, all in the JSON report" in text


@pytest.mark.parametrize("reasons", [0, 5, 20, 30])
@pytest.mark.parametrize("notes", [0, 3, 40])
def test_no_open_port_is_left_out_nor_named_twice(reasons, notes):
    rows = [_open_row(host, decoy=f"reason {host}") for host in range(reasons)]
    rows += [_open_row(100 + host, note="it closes") for host in range(notes)] + [_open_row(200)]
    text = table(samples.report(endpoints=tuple(rows)), 160)
    for row in rows:
        assert len(re.findall(rf"\b{re.escape(str(row.endpoint))}\b", text)) == 1, row.endpoint
