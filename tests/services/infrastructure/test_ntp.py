import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.ntp import (
    ASK_MONLIST,
    ASK_TIME,
    ASK_VARIABLES,
    PROBE,
    parse_monlist,
    parse_time,
    parse_variables,
)
from tests.fleet.namespaces import SERVER
from tests.support.talks import ScriptedDatagrams
from tests.support.udp import listens

TIME = b"\x24\3" + bytes(22) + ASK_TIME[40:48] + bytes(16)
VARIABLES = (
    b"\x16\x82\0\1\0\0\0\0\0\0\0\x40"
    b'version="ntpd 4.2.8p15@1.3728-o", processor="x86_64", system="Linux/6.1", refid=INIT'
)
LIST = b"\xd7\0\x03\x2a\0\x06\0\x48" + bytes(432)


def ask(answers):
    return asyncio.run(PROBE.ask_datagram(ScriptedDatagrams(answers.get, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_the_time_alone_is_public():
    facts = ask({ASK_TIME: TIME})
    assert (facts.access, facts.evidence, rules(facts)) == (Access.UNKNOWN, {"stratum": 3}, [])


def test_variables_are_metadata():
    facts = ask({ASK_TIME: TIME, ASK_VARIABLES: VARIABLES})
    assert (facts.access, facts.product, facts.version) == (Access.METADATA, "ntpd", "4.2.8p15")
    assert facts.evidence == {"stratum": 3, "system": "Linux/6.1", "processor": "x86_64"}
    assert rules(facts) == ["ntp-mode6"]


def test_a_list_of_clients_is_a_lever():
    facts = ask({ASK_TIME: TIME, ASK_MONLIST: LIST})
    assert (facts.monlist, rules(facts)) == (6, ["ntp-monlist"])


@pytest.mark.parametrize("parse", [parse_time, parse_variables, parse_monlist])
@pytest.mark.parametrize("said", [ASK_TIME, ASK_VARIABLES, ASK_MONLIST, b"", bytes(60), b"\xd7\0\x03\x2a\x40\0\0\0"])
def test_echoes_and_errors_are_malformed(parse, said):
    with pytest.raises(Malformed):
        parse(said)


@given(st.binary(max_size=60), st.integers(0, 60))
def test_any_bytes_are_malformed_or_read(data, cut):
    for parse, whole in ((parse_time, TIME), (parse_variables, VARIABLES), (parse_monlist, LIST)):
        for said in (data, whole[:cut] + data):
            try:
                parse(said)
            except Malformed:
                continue


CONF = """
driftfile {dir}/drift
server 127.127.1.0
restrict default %s
"""


def start(server, cable, manners):
    # It listens on every address that there is. Nobody's clock is set: without the capability it can only serve.
    prefix = [*cable.prefix, "setpriv", "--bounding-set=-sys_time", "--inh-caps=-sys_time"]
    argv = ["ntpd", "-n", "-g", "-c", "{dir}/ntp.conf", "-p", "{dir}/pid"]
    files = {"ntp.conf": CONF % manners}
    server(argv, package="ntpsec", files=files, prefix=prefix, address=SERVER, ready=listens(123))
    return cable.see(123, "ntp", "udp")


@pytest.mark.root
@pytest.mark.fleet("ntp", "protected")
def test_noquery_leaves_the_time_alone(server, cable):
    seen = start(server, cable, "noquery nomodify")
    assert (seen["status"], seen["rules"]) == ("identified", [])
