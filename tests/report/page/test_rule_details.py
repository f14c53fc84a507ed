from scanner.core.finding import Cvss
from scanner.report.page.rule_details import rule_details
from tests.report import samples
from tests.report.page.reading import parsed, text_of


def names(report):
    return [text_of(one) for one in parsed(rule_details(report)).iter("dt")]


def test_what_all_places_of_a_rule_share_is_told_once():
    same = samples.report(*(samples.finding(f"127.0.0.{number}") for number in range(1, 4)))
    assert names(same).count("CVSS") == names(same).count("Classes") == 1
    other = samples.finding("127.0.0.9", cvss=Cvss("4.0", "CVSS:4.0/AV:N", 5.0))
    assert names(samples.report(samples.finding(), other)).count("CVSS") == 2


def test_every_finding_has_its_part_and_only_https_is_a_link():
    found = samples.finding(references=("https://example.test/a", "javascript:alert(1)", "CIS 2.7"))
    tree = parsed(rule_details(samples.report(found, samples.docker_finding())))
    assert {one.get("id") for one in tree.iter("article")} == {
        f"f-{one.fingerprint}" for one in (found, samples.docker_finding())
    }
    assert {one.get("href") for one in tree.iter("a")} == {
        "https://example.test/a",
        "https://docs.docker.com/engine/security/protect-access/",
    }


def test_standards_are_told_with_the_rule():
    text = text_of(parsed(rule_details(samples.report(samples.finding()))))
    assert "NIST SP 800-53 rev. 5: AC-3, AC-14, CM-7, IA-2, SC-7; PCI DSS v4.0: 1.2.5, 2.2.4, 8.3.1" in text
    assert "OWASP Docker" not in text
