import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.xdmcp import PROBE, QUERY, XdmcpFacts, parse_answer
from tests.fleet.namespaces import SERVER
from tests.support.talks import ScriptedDatagrams
from tests.support.udp import listens

WILLING = b"\x00\x01\x00\x05\x00\x19\x00\x00\x00\x02vm\x00\x11Willing to manage"
UNWILLING = b"\x00\x01\x00\x06\x00\x08\x00\x02vm\x00\x02no"


@pytest.mark.parametrize(("said", "access"), [(WILLING, Access.METADATA), (UNWILLING, Access.REFUSED)])
def test_willing_or_not(said, access):
    talk = ScriptedDatagrams({QUERY: said}.get, PROBE.sends)
    facts = asyncio.run(PROBE.ask_datagram(talk))
    assert (facts.access, facts.evidence["host"]) == (access, "vm")


@pytest.mark.parametrize("data", [b"", QUERY, WILLING[:-1], WILLING[:5] + b"\x02\x00\xff"])
def test_other_answers_are_malformed(data):
    with pytest.raises(Malformed):
        parse_answer(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_malformed(data):
    try:
        parse_answer(b"\0\1\0\5" + data)
    except Malformed:
        return


def test_the_rule_holds_for_the_willing_alone():
    (rule,) = PROBE.rules
    assert rule.holds(XdmcpFacts(access=Access.REFUSED)) is None
    assert rule.holds(XdmcpFacts(access=Access.METADATA))


SETTINGS = """DisplayManager.requestPort: 177
DisplayManager.errorLogFile: {dir}/log
DisplayManager.pidFile: {dir}/pid
DisplayManager.servers: /dev/null
DisplayManager.accessFile: {dir}/access
"""


@pytest.mark.root
@pytest.mark.fleet("xdmcp", "open", transport="udp")
def test_a_manager_for_everybody_is_exposed(server, cable):
    argv = ["xdm", "-nodaemon", "-config", "{dir}/xdm-config"]
    files = {"xdm-config": SETTINGS, "access": "*\n"}
    server(argv, package="xdm", files=files, prefix=cable.prefix, address=SERVER, ready=listens(177))
    seen = cable.see(177, "xdmcp", "udp")
    assert (seen["status"], seen["rules"]) == ("exposed", ["xdmcp-willing"])
