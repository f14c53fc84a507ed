"""Whose names are asked for: private addresses unless told otherwise, and never this machine's own."""

import json
from ipaddress import ip_address

import pytest

from scanner.cli.run_scan import reverse_names
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
