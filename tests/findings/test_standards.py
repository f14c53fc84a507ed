"""Codes of standards: every rule has those that its weaknesses mean, and none that its service can't have."""

import re

import pytest

from scanner.core.endpoint import Endpoint
from scanner.findings.standards import CONTAINER_PLATFORMS, codes, kinds, standards
from scanner.probes.registry import load_registry
from tests.report import samples

FORMS = {
    "owasp-api-2023": r"API([1-9]|10)",
    "owasp-docker": r"D(0[1-9]|10)",
    "cis-controls-8": r"([1-9]|1[0-8])\.([1-9]|1[0-4])",
    "nist-800-53-5": r"(AC|CM|IA|IR|SC|SI)-\d{1,2}",
    "pci-dss-4": r"([1-9]|1[0-2])\.\d{1,2}\.\d{1,2}",
    "iso-27001-2022": r"A\.([5-8])\.\d{1,2}",
}
EVERYBODY = ("cis-controls-8", "nist-800-53-5", "pci-dss-4", "iso-27001-2022")


def test_every_standard_says_where_it_comes_from_and_codes_have_its_form():
    assert [one.id for one in standards()] == list(FORMS)
    for one in standards():
        assert one.source.startswith("https://")
        assert all(re.fullmatch(FORMS[one.id], code) and title for code, title in one.titles.items()), one.id


def test_every_code_that_a_kind_has_is_one_of_the_standard_and_every_code_is_used():
    titles = {one.id: set(one.titles) for one in standards()}
    used = {(name, code) for kind in kinds() for name, held in kind.codes.items() for code in held}
    assert {(name, code) for name, code in used if code not in titles[name]} == set()
    lists_of_ten = {"owasp-api-2023", "owasp-docker"}
    unused = {(name, code) for name, held in titles.items() if name not in lists_of_ten for code in held} - used
    assert unused == set()


def test_every_rule_has_codes():
    for probe in load_registry().probes:
        for rule in probe.rules:
            held = codes(samples.finding(service=probe.id, cwe=rule.cwe))
            assert all(held[name] for name in EVERYBODY), rule.id
            # Every weakness of ours says something beside that the port is reachable.
            assert held["nist-800-53-5"] != ("CM-7", "SC-7"), rule.id


def test_container_platforms_are_those_of_the_registry():
    listed = {entry.probe.id for entry in load_registry().entries if entry.category == "containers"}
    assert listed == CONTAINER_PLATFORMS


def test_lists_for_web_apis_and_containers_are_for_those_alone():
    redis = codes(samples.finding())
    assert redis["owasp-api-2023"] == redis["owasp-docker"] == ()
    docker = codes(samples.docker_finding(cwe=(306, 1188, 668)))
    assert docker == {
        "owasp-api-2023": ("API2", "API8"),
        "owasp-docker": ("D03", "D04"),
        "cis-controls-8": ("3.3", "4.1", "4.4", "4.8", "13.4", "17.4"),
        "nist-800-53-5": ("AC-3", "AC-4", "AC-14", "CM-6", "CM-7", "IA-2", "IR-4", "SC-7"),
        "pci-dss-4": ("1.2.5", "1.4.2", "2.2.1", "2.2.4", "2.2.6", "8.3.1", "12.10.1"),
        "iso-27001-2022": ("A.5.26", "A.8.5", "A.8.9", "A.8.20", "A.8.22"),
    }
    assert "D08" in codes(samples.docker_finding(service="docker-registry"))["owasp-docker"]


@pytest.mark.parametrize(
    ("cwe", "name", "code"),
    [
        (319, "nist-800-53-5", "SC-8"),
        (319, "pci-dss-4", "4.2.1"),
        (1392, "cis-controls-8", "4.7"),
        (1392, "iso-27001-2022", "A.5.17"),
        (406, "nist-800-53-5", "SC-5"),
        (506, "iso-27001-2022", "A.8.7"),
        (862, "nist-800-53-5", "AC-6"),
    ],
)
def test_a_weakness_has_its_code(cwe, name, code):
    assert code in codes(samples.finding(cwe=(cwe,)))[name]


def test_what_is_no_port_is_not_called_reachable():
    process = samples.finding(endpoint=Endpoint(samples.endpoint().address, 0, subject="process 7 (x)"), cwe=(506,))
    assert codes(process)["nist-800-53-5"] == ("SI-3",)
