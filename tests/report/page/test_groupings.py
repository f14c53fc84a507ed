from scanner.core.finding import Anchor, Confidence, Severity
from scanner.report.page.groupings import groupings
from tests.report import samples
from tests.report.page.reading import parsed, rows, text_of


def titles(report):
    return [text_of(head) for head in parsed(groupings(report)).iter("h2")]


def test_hosts_owners_and_rules_have_their_findings():
    low = samples.finding("127.0.0.2", severity=Severity.LOW, priority=Severity.LOW, owner="db")
    report = samples.report(samples.docker_finding(), low, samples.finding("127.0.0.2", 6380, owner="db"))
    assert titles(report) == ["By host", "By owner", "By rule"]
    assert [row for row in rows(groupings(report)) if row] == [
        [
            "critical",
            "127.0.0.2build-server",
            "platform, db",
            "1 critical, 1 high, 1 low",
            "The Docker API answers without authenticationRedis answers without a password (at 2 places)",
            "2375, 6379, 6380",
        ],
        ["critical", "platform", "1 critical", "127.0.0.2", "The Docker API answers without authentication"],
        ["high", "db", "1 high, 1 low", "127.0.0.2", "Redis answers without a password (at 2 places)"],
        ["critical", "The Docker API answers without authentication", "1 critical", "127.0.0.2", "platform"],
        ["high", "Redis answers without a password", "1 high, 1 low", "127.0.0.2", "db"],
    ]


def test_owners_have_a_table_where_one_is_known():
    assert titles(samples.report(samples.finding())) == ["By host", "By rule"]
    assert "nobody named" in "".join(groupings(samples.report(samples.finding(), samples.docker_finding())))


def test_files_are_grouped_by_file():
    foretold = samples.finding(confidence=Confidence.PREDICTED, anchor=Anchor(file="compose.yaml", line=3))
    report = samples.report(foretold, run=samples.run(engine="lint"))
    assert titles(report)[0] == "By file"
    assert rows(groupings(report))[0][1] == "compose.yaml"


def test_very_many_hosts_are_cut_and_counted():
    text = "".join(groupings(samples.many(600)))
    assert "600 hosts with findings, worst first, of which the worst 500 are shown" in text


def test_nothing_found_is_nothing_to_group():
    assert not list(groupings(samples.clean_report()))
