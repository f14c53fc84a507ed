from scanner.report.page.standards_table import standards_table
from tests.report import samples
from tests.report.page.reading import rows


def test_each_code_has_its_findings_in_the_order_of_the_standard():
    found = rows(standards_table(samples.report(samples.docker_finding(), samples.finding())))
    assert found[1][:4] == ["OWASP Docker Top 10", "D03 Network Segmentation and Firewalling", "critical", "1 critical"]
    nist = [row[1].partition(" ")[0] for row in found if row[0].startswith("NIST")]
    assert nist == ["AC-3", "AC-14", "CM-7", "IA-2", "IR-4", "SC-7"]
    both = next(row for row in found if row[1].startswith("SC-7"))
    assert both[2:] == [
        "critical",
        "1 critical, 1 high",
        "The Docker API answers without authenticationRedis answers without a password",
    ]


def test_nothing_found_is_no_table():
    assert not list(standards_table(samples.clean_report()))
