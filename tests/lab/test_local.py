"""`@local` on a machine with a LAN, containers and VPNs: what is taken, what is left out, and how the user is told."""

import subprocess
import sys

import pytest

from tests.lab.namespaces import ROOT

pytestmark = [pytest.mark.root, pytest.mark.timeout(60)]
INTERFACES = (
    "link add lan0 type veth peer name lan1",
    "address add 192.168.7.10/29 dev lan0",
    "link add br-lan type bridge",
    "address add 10.20.0.1/29 dev br-lan",
    "link add docker0 type bridge",
    "address add 172.17.0.1/16 dev docker0",
    "link add br-0123456789ab type bridge",
    "address add 172.18.0.1/16 dev br-0123456789ab",
    "tuntap add wg0 mode tun",
    "address add 10.66.0.2/24 dev wg0",
    "tuntap add corporate mode tun",
    "address add 10.99.0.2/24 dev corporate",
)
NAMES = ("lan0", "lan1", "br-lan", "docker0", "br-0123456789ab", "wg0", "corporate")


@pytest.fixture
def crowded(lab):
    try:
        for command in INTERFACES:
            lab.inside(lab.here, "ip", *command.split())
    except subprocess.CalledProcessError as error:
        pytest.skip(f"not run: this kernel lacks a kind of interface: {error.stderr}")
    for name in NAMES:
        lab.inside(lab.here, "ip", "link", "set", name, "up")
    yield lab
    for name in NAMES:
        if name != "lan1":
            lab.inside(lab.here, "ip", "link", "delete", name)


def dry_run(lab, *targets: str) -> str:
    command = [sys.executable, "-m", "tests.lab.scanning", "scan", *targets, "--dry-run"]
    done = subprocess.run(
        ["ip", "netns", "exec", lab.here, *command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_lan_is_taken_and_written_out_and_the_rest_is_named_with_its_reason(crowded):
    said = dry_run(crowded, "@local")
    # The cable of the laboratory is a LAN too.
    assert "target @local: 20 addresses: 10.20.0.0/29, 10.77.0.0/30, 192.168.7.8/29" in said
    for left_out, why in (
        ("172.17.0.0/16", "container"),
        ("172.18.0.0/16", "container"),
        ("10.66.0.0/24", "VPN"),
        ("10.99.0.0/24", "VPN"),
    ):
        (line,) = (line for line in said.splitlines() if left_out in line)
        assert why in line
        assert f"add {left_out} to scan it" in line


def test_what_was_left_out_is_taken_by_naming_it_and_what_was_taken_is_left_out_by_excluding_it(crowded):
    said = dry_run(crowded, "@local", "10.66.0.0/24", "-x", "10.20.0.0/29")
    assert said.startswith(f"{20 + 256 - 8} addresses")
