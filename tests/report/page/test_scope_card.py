"""An auditor reads what was scanned, from where and how (NEWCOMER 13)."""

from dataclasses import replace

from scanner.report.page.scope_card import scope_card
from tests.report import samples
from tests.report.page.reading import facts

OPTIONS = {
    "targets": ["10.0.0.0/24", "cache.example"],
    "target_files": ["targets.txt"],
    "exclude": ["10.0.0.1"],
    "exclude_files": [],
    "ports": "2375,6379",
    "services": ["redis"],
    "space": [{"addresses": ["10.0.0.0", "10.0.0.2-10.0.0.255"], "ports": "2375,6379"}],
    "allow_public": True,
    "polite": False,
    "timeout_s": 2.5,
    "checks": None,
    "vantage": "office",
    "shard": "1/1",
    "baseline": "last.json",
    "history": True,
    "accept": "accept.toml",
}


def of(**changes):
    return facts(scope_card(replace(samples.clean_report(), run=samples.run(**changes))))


def test_it_says_what_was_scanned_from_where_and_how():
    told = of(options=OPTIONS, vantage="office", machine="scanner-1", scope_sha256="ab" * 32)
    assert told == {
        "Targets": "10.0.0.0/24, cache.example, targets.txt",
        "Left out": "10.0.0.1",
        "Addresses": "10.0.0.0, 10.0.0.2-10.0.0.255",
        "Ports": "2375,6379",
        "Services": "redis",
        "Planned": "8 endpoints: 4 addresses, 2 ports",
        "From": "office, machine scanner-1",
        "When": "2026-01-02T03:04:05Z to 2026-01-02T03:05:06Z, complete",
        "Compared with": "baseline last.json, the history of earlier runs, acceptances accept.toml",
        "Options": "allow-public, timeout-s 2.5",
        "Run": "run-1, engine connect, seed 7, scope abababababababab",
    }


def test_what_a_report_does_not_say_is_not_made_up():
    told = of(options={})
    assert told["From"] == "the report does not say"
    assert told["Services"] == "all that are known"
    assert not {"Targets", "Addresses", "Ports", "Compared with", "Options"} & told.keys()


def test_a_shard_says_of_how_much_it_is_a_part():
    assert of(shard="2/5", endpoints_total=40)["Planned"].endswith("shard 2/5 of 40 endpoints")


def test_files_and_machines_from_inside_are_told_too():
    assert of(options={"files": ["compose.yaml"]}, engine="lint")["Targets"] == "compose.yaml"
    assert of(options={"host": "db-1"}, engine="host")["From"] == "machine db-1"


def test_hostile_options_stay_text():
    evil = "<script>x</script>"
    assert of(options={"targets": [evil, 7], evil: evil, "space": [evil], "ports": [evil]})["Targets"] == f"{evil}, 7"
