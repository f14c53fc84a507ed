"""The firewall lines of remedies, in a namespace where no table exists."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scanner.core.firewall import PLACEHOLDER, close_to_strangers
from scanner.probes.registry import load_registry

ROOT = Path(__file__).parents[2]


def lines():
    rules = [rule for entry in load_registry().entries for rule in entry.probe.rules]
    return sorted({line for rule in rules for line in rule.remedy if line.startswith(("nft", "iptables"))})


def inside(*script):
    return subprocess.run(["unshare", "-n", "sh", "-c", "; ".join(script)], capture_output=True, text=True, check=False)


def test_every_firewall_line_is_made_in_one_way_and_names_nobodys_network():
    assert lines()
    for line in lines():
        (match,) = set(re.findall(r"strangers (?:iifname != \"lo\" )?((?:tcp|udp|meta l4proto).*?) ip saddr", line))
        hook = re.search(r"hook (\w+)", line)[1]
        assert line == close_to_strangers(match, hook=hook)
        assert PLACEHOLDER in line


def test_no_remedy_lets_a_network_in_that_the_reader_does_not_have():
    rules = [rule for entry in load_registry().entries for rule in entry.probe.rules]
    settings = [path.read_text() for path in (ROOT / "scanner/config").rglob("*.py")]
    lines = [line for rule in rules for line in rule.remedy]
    assert any(PLACEHOLDER in line for line in lines if not line.startswith("nft"))
    for text in (*lines, *settings):
        assert not re.findall(r"\b(?:10|172|192)\.[0-9.]+/[0-9]+", text)


@pytest.mark.root
@pytest.mark.skipif(shutil.which("nft") is None, reason="not run: nft missing")
def test_every_line_works_on_a_fresh_machine_and_twice():
    ready = [line.replace(PLACEHOLDER, "10.77.0.0/24") for line in lines()]
    done = inside("set -e", *ready, *ready, "nft list ruleset")
    if "Operation not permitted" in done.stderr:
        pytest.skip("not run: this machine refuses network namespaces")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("ip saddr != 10.77.0.0/24") == len({line.split(";")[0] for line in ready})


@pytest.mark.root
@pytest.mark.skipif(shutil.which("nft") is None, reason="not run: nft missing")
def test_a_line_that_is_pasted_as_it_stands_changes_nothing():
    done = inside(close_to_strangers("tcp dport 6379"), "echo $?", "nft list ruleset")
    assert done.stdout.strip() == "1"
    assert "Could not resolve hostname" in done.stderr
