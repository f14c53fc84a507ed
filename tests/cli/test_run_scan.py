"""One scan: what a plan is in words, and whose names are asked for. Runs as a user types them: test_scan.py."""

import json
from ipaddress import ip_address

import pytest

from scanner.cli.planning import make_plan
from scanner.cli.run_scan import describe_plan, describe_target, reverse_names
from scanner.cli.scan_options import ScanOptions
from scanner.core.address import to_number
from scanner.core.intervals import Intervals
from scanner.core.plan import Target
from scanner.probes.registry import load_registry
from tests.net.test_reverse import Never, hosts
from tests.support.command_line import exposure_here as exposure

PUBLIC = ip_address("8.8.8.8")


@pytest.mark.parametrize(
    ("names", "asked"),
    [(None, {hosts(1)[0]}), (True, {hosts(1)[0], PUBLIC}), (False, set())],
    ids=["default", "names", "no-names"],
)
async def test_the_option_decides_whose_names_are_asked_for(names, asked, monkeypatch):
    seen = set()

    def ask(address):
        seen.add(address)
        raise OSError("no name")

    monkeypatch.setattr("scanner.net.reverse.system_ask", ask)
    wanted = reverse_names(names)
    for address in (*hosts(1), PUBLIC, ip_address("127.0.0.1"), ip_address("fe80::1")):
        wanted.want(address)
    await wanted.settle(Never())
    assert seen == asked


def test_a_report_records_what_was_asked_for(closed_port):
    run = exposure("scan", "127.0.0.1", "-p", closed_port, "-f", "json", "--no-names", "--rate", "inf")
    options = json.loads(run.stdout)["run"]["options"]
    assert (options["names"], options["rate"]) == (False, "inf")


def test_a_plan_says_what_would_be_done_and_that_nothing_was_sent():
    registry = load_registry().select(("redis",))
    options = ScanOptions(targets=("127.0.0.0/29", "no.such.name.invalid"), ports="80-89", seed=7, shard="2/4")
    first, second, *targets, problem, last = describe_plan(
        options, make_plan(options, registry)[0], registry
    ).splitlines()
    assert first == "8 addresses, 10 ports, 80 endpoints"
    assert second == "1 service would be asked; engine connect, seed 7, shard 2/4"
    assert targets == ["target 127.0.0.0/29: 8 addresses"]
    assert problem.startswith("problem name-not-resolved no.such.name.invalid: ")
    assert last == "nothing was sent"


def test_a_plan_of_many_targets_shows_fifty():
    registry = load_registry().select(("redis",))
    options = ScanOptions(targets=tuple(f"127.0.0.{n}" for n in range(1, 80)), ports="80")
    assert describe_plan(options, make_plan(options, registry)[0], registry).count("\ntarget ") == 50


def test_a_plan_of_the_catalogue_names_usual_ports_that_are_no_part_of_it():
    registry = load_registry()
    plan = {}
    for options in (
        ScanOptions(targets=("127.0.0.1",)),
        ScanOptions(targets=("127.0.0.1",), ports="80"),
        ScanOptions(targets=("127.0.0.1",), services=("redis",)),
    ):
        plan[options.ports, options.services] = describe_plan(options, make_plan(options, registry)[0], registry)
    told = {key: "leave out 22 (ssh)" in text for key, text in plan.items()}
    assert told == {("catalogue", ()): True, ("80", ()): False, ("catalogue", ("redis",)): False}


def test_local_names_its_networks():
    first = to_number(ip_address("10.0.0.0"))
    spans = Intervals([(first, first + 255), (first + 512, first + 512)])
    local, network = Target(text="@local", addresses=spans), Target(text="10.0.0.0/24", addresses=spans)
    assert describe_target(local, spans) == "@local: 257 addresses: 10.0.0.0/24, 10.0.2.0/32"
    assert describe_target(network, spans) == "10.0.0.0/24: 257 addresses"
    assert describe_target(network, Intervals([(first, first + 3)])) == "10.0.0.0/24: 257 addresses, 4 of them planned"
