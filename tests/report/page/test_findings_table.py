from dataclasses import replace

from scanner.core.endpoint import Endpoint
from scanner.core.finding import FindingState
from scanner.report.page.findings_table import findings_table
from tests.report import samples
from tests.report.page.reading import parsed, rows, text_of


def heads(report):
    return [text_of(head) for head in parsed(findings_table(report)).iter("th")]


def test_one_row_a_rule_and_host_with_a_link_to_each_finding():
    found = [samples.finding(port=port) for port in range(6379, 6382)]
    report = samples.report(*found, samples.docker_finding())
    assert rows(findings_table(report)) == [
        [
            "critical",
            "127.0.0.2:2375build-server",
            "Docker Engine 20.10.24",
            "The Docker API answers without authentication possible break-in",
            "platform",
            "A02:2025",
        ],
        ["high", "127.0.0.1:6379, 6380, 6381", "Redis 7.0.15", "Redis answers without a password", "", "A02:2025"],
    ]
    links = {one.get("href") for one in parsed(findings_table(report)).iter("a")}
    assert links == {f"#f-{one.fingerprint}" for one in report.findings}


def test_columns_without_anything_to_say_are_not_there():
    plain = samples.report(samples.finding())
    assert heads(plain) == ["Severity", "Endpoint", "Service", "What is so", "OWASP"]
    assert heads(replace(plain, run=samples.run(options={"baseline": "b.json"})))[-1] == "State"
    assert heads(samples.report(samples.finding(state=FindingState.ACCEPTED, owner="ops")))[-3:] == [
        "Owner",
        "OWASP",
        "State",
    ]


def test_a_host_with_a_thousand_ports_is_one_short_row():
    report = samples.report(*(samples.finding(port=port) for port in range(1, 1001)))
    ((_, places, *_),) = rows(findings_table(report))
    assert places.endswith("12, 13 and 987 more")
    assert parsed(findings_table(report)).find(".//tbody/tr").get("data-count") == "1000"


def test_places_that_are_no_ports_are_told_in_full():
    web = samples.finding(endpoint=samples.endpoint(base_path="/b"), url="http://127.0.0.1:6379/b")
    process = samples.finding(
        "127.0.0.9", endpoint=Endpoint(samples.endpoint("127.0.0.9").address, 0, subject="process 7 (x)")
    )
    other = samples.finding(
        "127.0.0.9", endpoint=Endpoint(samples.endpoint("127.0.0.9").address, 0, subject="process 8 (x)")
    )
    found = rows(findings_table(samples.report(samples.finding(), web, process, other)))
    assert [row[1] for row in found] == ["127.0.0.1:6379, http://127.0.0.1:6379/b", "process 7 (x), process 8 (x)"]


def test_no_finding_is_no_table():
    assert "<table" not in "".join(findings_table(samples.clean_report()))
