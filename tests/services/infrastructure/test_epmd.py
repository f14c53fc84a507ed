import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.epmd import NAMES, PROBE, parse_names
from tests.fleet.namespaces import SERVER
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


def start(server, cable, argv, **how):
    # A mapper always takes port 4369 of 127.0.0.1 too: in a namespace it is in nobody's way.
    return server(argv, package="erlang-base", prefix=cable.prefix, address=SERVER, **how)


@pytest.mark.root
@pytest.mark.fleet("epmd", "open")
@pytest.mark.fleet("epmd", "look-alike")
def test_a_mapper_is_identified_and_exposed_as_soon_as_it_has_a_node(server, cable):
    start(server, cable, ["epmd"], ready=lambda _: cable.accepts(4369))
    seen = cable.see(4369, "epmd")
    assert (seen["status"], seen["rules"]) == ("identified", [])
    node = ["erl", "-sname", "shop", "-noinput", "-noshell", "-setcookie", "secret"]
    start(server, cable, [*node, "-eval", 'io:format("node up~n").'], ready=b"node up")
    seen = cable.see(4369, "epmd")
    assert (seen["status"], seen["rules"]) == ("exposed", ["epmd-open"])
    assert "shop:" in seen["proof"][-1][1]
