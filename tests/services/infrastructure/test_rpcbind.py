import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.infrastructure.rpcbind import DUMP, PROBE, parse_programs
from scanner.wire.oncrpc import XID, Reader, mark
from tests.fleet.namespaces import SERVER
from tests.support.talks import Say, ScriptedDatagrams, ScriptedTalk

ACCEPTED = XID + (1).to_bytes(4, "big") + bytes(16)


def entries(*rows):
    return b"".join(b"\0\0\0\1" + b"".join(n.to_bytes(4, "big") for n in row) for row in rows) + bytes(4)


LIST = entries((100000, 2, 6, 111), (100003, 3, 6, 2049), (100003, 4, 6, 2049), (100005, 3, 17, 20048))


def test_programs_are_metadata_over_both_transports():
    asked = [mark(DUMP), Say(mark(ACCEPTED + LIST))]
    facts = asyncio.run(PROBE.ask(ScriptedTalk(asked, PROBE.sends)))
    assert (facts.access, facts.programs) == (Access.METADATA, ("nfs tcp/2049", "mountd udp/20048"))
    assert [rule.id for rule in PROBE.rules if rule.holds(facts)] == ["rpcbind-open"]
    facts = asyncio.run(PROBE.ask_datagram(ScriptedDatagrams(lambda _: ACCEPTED + LIST, PROBE.sends)))
    assert len(facts.programs) == 2


def test_a_list_without_the_mapper_itself_is_another_product():
    said = ACCEPTED + entries((100003, 3, 6, 2049))
    assert asyncio.run(PROBE.ask_datagram(ScriptedDatagrams(lambda _: said, PROBE.sends))) is None


def test_an_echo_is_no_mapper():
    with pytest.raises(Malformed):
        asyncio.run(PROBE.ask_datagram(ScriptedDatagrams(lambda question: question, PROBE.sends)))


@given(st.binary(max_size=80))
def test_any_bytes_are_malformed_or_read(data):
    with suppress(Malformed):
        parse_programs(Reader(data))


@pytest.mark.root
@pytest.mark.fleet("rpcbind", "open")
def test_a_real_mapper_is_exposed(server, cable):
    # It keeps a lock and a socket in /run: one of its own, not the machine's.
    prefix = [*cable.prefix, "unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /run && exec "$@"', "sh"]
    argv = ["rpcbind", "-f"]
    server(argv, [111], package="rpcbind", prefix=prefix, address=SERVER, ready=lambda _: cable.accepts(111))
    for transport in ("tcp", "udp"):
        seen = cable.see(111, "rpcbind", transport)
        assert (seen["status"], seen["rules"]) == ("exposed", ["rpcbind-open"])
