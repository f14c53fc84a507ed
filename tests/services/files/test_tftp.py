import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.files.tftp import ASK_FILE, PROBE, parse_answer
from tests.fleet.plugin import digest_tree
from tests.support.talks import ScriptedDatagrams
from tests.support.udp import listens


def test_its_own_error_identifies_and_proves_no_more():
    facts = asyncio.run(PROBE.ask_datagram(ScriptedDatagrams(lambda _: b"\0\5\0\1File not found\0", PROBE.sends)))
    assert (facts.access, facts.evidence) == (Access.UNKNOWN, {"error": 1})
    assert facts.note


@pytest.mark.parametrize("answer", [ASK_FILE, bytes(40), b"\0\5\0\1File\0more", b"\0\3\0\1data", b"\0\5\0\x63x\0", b""])
def test_other_answers_are_malformed(answer):
    with pytest.raises(Malformed):
        parse_answer(answer)


@given(st.binary(max_size=40))
def test_any_bytes_are_malformed_or_read(data):
    for said in (data, b"\0\5\0\1" + data + b"\0"):
        try:
            parse_answer(said)
        except Malformed:
            continue


@pytest.mark.root
@pytest.mark.fleet("tftp", "open")
def test_a_real_server_is_identified_and_unchanged(server, see, unchanged):
    argv = ["atftpd", "--daemon", "--no-fork", "--logfile", "-", "--user", "root.root", "--bind-address", "{address}",
            "--port", "69", "{dir}/pub"]  # fmt: skip
    running = server(argv, package="atftpd", files={"pub/a.txt": "content"}, ready=listens(69))
    with unchanged(lambda: digest_tree(running.directory / "pub")):
        verdict = see(running, "tftp", port=69, transport="udp", golden="open")
    assert (verdict.status, verdict.rules) == ("identified", [])
