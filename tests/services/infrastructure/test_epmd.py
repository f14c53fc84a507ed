import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.epmd import NAMES, PROBE, parse_names
from tests.support.talks import Hang, Say, ScriptedTalk

PORT = (4369).to_bytes(4, "big")


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk((NAMES, *steps), PROBE.sends)))


def test_nodes_are_metadata():
    facts = ask(Say(PORT + b"name rabbit at port 25672\nname x at port 1\n"), Hang())
    assert (facts.access, facts.nodes) == (Access.METADATA, 2)
    assert [rule.id for rule in PROBE.rules if rule.holds(facts)] == ["epmd-open"]


def test_without_nodes_it_is_identified():
    facts = ask(Say(PORT), Hang())
    assert (facts.access, facts.nodes) == (Access.UNKNOWN, 0)


def test_another_number_is_another_product():
    assert ask(Say(b"HTTP/1.1 400"), Hang()) is None


@given(st.binary(max_size=60))
def test_any_bytes_are_malformed_or_read(data):
    for said in (data, b"name " + data, b"name x at port " + data):
        try:
            parse_names(said)
        except Malformed:
            continue


def start(server):
    return server(["epmd", "-address", "{address}", "-port", "4369"], [4369], package="erlang-base")


@pytest.mark.fleet("epmd", "open")
def test_a_mapper_with_a_node_is_exposed(server, see):
    running = start(server)
    node = ["erl", "-sname", "shop", "-noinput", "-noshell", "-setcookie", "secret"]
    env = {"ERL_EPMD_ADDRESS": running.address, "ERL_EPMD_PORT": "4369"}
    args = [*node, "-kernel", "inet_dist_use_interface", "{127,0,0,1}", "-eval", 'io:format("node up~n").']
    server(args, package="erlang-base", env=env, ready=b"node up", address=running.address)
    verdict = see(running, "epmd")
    assert (verdict.status, verdict.rules) == ("exposed", ["epmd-open"])
    assert verdict.row.evidence["nodes"][0].startswith("shop:")
    assert see(running).service == "epmd"


@pytest.mark.fleet("epmd", "look-alike")
def test_a_mapper_without_nodes_is_identified(server, see):
    assert see(start(server), "epmd", golden="empty").status == "identified"
