from dataclasses import replace

from scanner.core.endpoint import Endpoint
from scanner.core.finding import FindingState
from scanner.report.page.overview import overview
from tests.report import samples
from tests.report.page.reading import parsed, text_of


def cards(report):
    tree = parsed(overview(report))
    return {text_of(one.find("h3")): one for one in tree.iter("section")}


def labels(report):
    return [one.get("aria-label") for one in parsed(overview(report)).iter() if one.get("aria-label")]


def test_one_rule_stands_once_in_worst_first_with_its_hosts():
    found = samples.report(*(samples.finding(f"10.0.0.{number}") for number in range(1, 8)), samples.docker_finding())
    lines = [text_of(line) for line in cards(found)["Worst first"].iter("li")]
    assert lines == [
        "critical The Docker API answers without authentication: 127.0.0.2:2375 possible break-in",
        "high Redis answers without a password: 10.0.0.1:6379 and 6 other hosts",
    ]


def test_nothing_is_called_new_without_an_older_run():
    plain = samples.report(samples.finding())
    assert "new" not in text_of(parsed(overview(plain))).split()
    assert not {"What changed", "Accepted"} & cards(plain).keys()
    accepted = samples.report(samples.finding(state=FindingState.ACCEPTED))
    assert text_of(cards(accepted)["Accepted"]).startswith("Accepted1accepted")
    against = replace(plain, run=samples.run(options={"baseline": "last.json"}))
    assert text_of(cards(against)["What changed"]).startswith("What changed1new since")


def test_charts_tell_severity_category_and_port():
    udp = samples.finding("127.0.0.5", product=None, endpoint=samples.endpoint(port=161, transport=samples.UDP))
    told = labels(samples.report(samples.docker_finding(), samples.finding(), samples.finding("127.0.0.4"), udp))
    assert "Findings by port. 6379 Redis: 2 (2 high); 2375 Docker Engine: 1 (1 critical); 161/udp redis 7.0.15: 1 " in (
        f"{told[2].replace('(1 high)', '')}"
    )
    assert told[1] == (
        "Findings by OWASP Top 10:2025 category. A02:2025 Security Misconfiguration: 4 (1 critical, 3 high)"
    )


def test_a_machine_seen_from_inside_and_files_have_no_map():
    report = samples.report(samples.finding())
    assert any("Hosts of 127.0.0.0/24" in label for label in labels(report))
    for other in (replace(report, host={}), replace(report, run=samples.run(engine="lint"))):
        assert not any("Hosts of" in label for label in labels(other))


def test_what_is_no_port_is_in_no_chart_of_ports():
    process = samples.finding(endpoint=Endpoint(samples.endpoint().address, 0, subject="process 7 (x)"))
    assert "Findings by port. " in labels(samples.report(process))


def test_many_problems_are_cut_and_counted():
    unseen = tuple(f"10.0.{number}.0/24" for number in range(250))
    report = replace(samples.clean_report(), coverage=samples.coverage(unscanned_list=unseen))
    told = text_of(cards(report)["Looked at"])
    assert told.endswith("and 50 more, all in the JSON report")
