import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.modbus import ASK_IDENTITY, PROBE, parse_header, parse_identity
from tests.support.talks import Say, ScriptedTalk

CONTENT = b"\x2b\x0e\x01\x83\0\0\x03\0\4ACME\1\3P1x\2\x041.07"


def answer(content):
    return Say(b"\0\1\0\0" + (len(content) + 1).to_bytes(2, "big") + b"\0" + content)


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk((ASK_IDENTITY, *steps), PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_a_name_is_metadata():
    facts = ask(answer(CONTENT))
    assert (facts.access, facts.product, facts.version) == (Access.METADATA, "ACME P1x", "1.07")
    assert rules(facts) == ["modbus-reachable"]


def test_an_exception_identifies_and_proves_no_more():
    facts = ask(answer(b"\xab\x01"))
    assert (facts.access, rules(facts)) == (Access.UNKNOWN, [])
    assert facts.note


def test_an_echo_is_no_controller():
    with pytest.raises(Malformed):
        ask(Say(ASK_IDENTITY))


@given(st.binary(max_size=60))
def test_any_bytes_are_malformed_or_read(data):
    for parse, said in ((parse_header, data), (parse_identity, data), (parse_identity, CONTENT[:7] + data)):
        try:
            parse(said)
        except Malformed:
            continue


SCRIPT = """
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.device import ModbusDeviceIdentification
from pymodbus.server import StartTcpServer
store = ModbusSlaveContext(hr=ModbusSequentialDataBlock(0, [17] * 10))
names = {"VendorName": "ACME", "ProductCode": "P1", "MajorMinorRevision": "1.2"}
identity = ModbusDeviceIdentification(info_name=names)
StartTcpServer(context=ModbusServerContext(slaves=store, single=True), identity=identity, address=("{address}", 502))
"""


@pytest.mark.fleet("modbus", "open")
def test_a_real_server_is_exposed(server, see):
    running = server(["/usr/bin/python3", "{dir}/s.py"], [502], package="python3-pymodbus", files={"s.py": SCRIPT})
    verdict = see(running, "modbus", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["modbus-reachable"])
    assert verdict.row.product == "ACME P1"
    assert see(running).service == "modbus"
