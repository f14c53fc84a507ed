import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.files.iscsi import LOGIN, PROBE, SEND_TARGETS, parse_header, parse_pairs
from tests.fleet.around import SILENT
from tests.support.talks import Hang, Say, ScriptedTalk


def response(opcode, status=b"\0\0", data=b""):
    head = bytes([opcode, 0x80, 0, 0, 0]) + len(data).to_bytes(3, "big") + bytes(8) + b"\0\0\0\1" + bytes(16) + status
    return Say(head + bytes(10) + data + bytes(-len(data) % 4))


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk((LOGIN, *steps), PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_names_of_targets_are_metadata():
    listing = response(0x24, data=b"TargetName=iqn.a:disk\0TargetAddress=10.0.0.5:3260,1\0")
    facts = ask(response(0x23, data=b"AuthMethod=None\0"), SEND_TARGETS, listing)
    assert (facts.access, facts.targets) == (Access.METADATA, ("iqn.a:disk",))
    assert rules(facts) == ["iscsi-discovery-no-password"]


@pytest.mark.parametrize("status", [b"\2\1", b"\2\2"])
def test_a_refused_login_protects(status):
    facts = ask(response(0x23, status))
    assert (facts.access, rules(facts)) == (Access.REFUSED, [])


@pytest.mark.parametrize("steps", [(response(0x24),), (Hang(),)])
def test_without_names_it_is_identified(steps):
    facts = ask(response(0x23), SEND_TARGETS, *steps)
    assert (facts.access, rules(facts)) == (Access.UNKNOWN, [])


def test_an_echo_is_no_target():
    with pytest.raises(Malformed):
        ask(Say(LOGIN))


@given(st.binary(max_size=60))
def test_any_bytes_are_malformed_or_read(data):
    parse_pairs(data)
    for said in (data, data[:48].ljust(48, b"\0"), b"\x23" + bytes(15) + b"\0\0\0\1" + data[:28].ljust(28, b"\0")):
        try:
            parse_header(said, 0x23)
        except Malformed:
            continue


def start(server, *commands):
    # Its control socket lies in /run: one of its own, not the machine's.
    admin = "tgtadm --lld iscsi --mode"
    disk = "dd if=/dev/zero of={dir}/disk bs=1M count=1 2>/dev/null"
    setup = [
        "mount -t tmpfs none /run",
        "mkdir -p /run/tgtd",
        "(tgtd -f --iscsi portal={address}:3260 &)",
        f"for i in 1 2 3 4 5 6 7 8 9; do {admin} system --op show >/dev/null 2>&1 && break; sleep 0.2; done",
        disk,
        f"{admin} target --op new --tid 1 -T iqn.2004-01.invalid:disk",
        f"{admin} logicalunit --op new --tid 1 --lun 1 -b {{dir}}/disk",
        f"{admin} target --op bind --tid 1 -I ALL",
        *(f"{admin} {command}" for command in commands),
        "echo configured",
        "exec sleep 600",
    ]
    argv = ["unshare", "--mount", "sh", "-c", " && ".join(setup)]
    server.need("tgt", "tgtd")
    return server(argv, [3260], package="tgt", ready=b"configured")


@pytest.mark.root
@pytest.mark.fleet("iscsi", "open", unlike={"plain odd": SILENT})
def test_a_real_target_is_exposed_and_its_disk_unchanged(server, see, unchanged):
    running = start(server)
    with unchanged((running.directory / "disk").read_bytes):
        verdict = see(running, "iscsi", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["iscsi-discovery-no-password"])
    assert see(running).service == "iscsi"


@pytest.mark.root
@pytest.mark.fleet("iscsi", "protected", unlike={"plain odd": SILENT})
def test_an_address_list_hides_its_targets(server, see):
    running = start(server, "target --op unbind --tid 1 -I ALL", "target --op bind --tid 1 -I 192.0.2.1")
    assert see(running, "iscsi").rules == []
