import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.files.nbd import ABORT, HELLO, LIST, PROBE, parse_export, parse_reply
from tests.support.talks import Hang, Say, ScriptedTalk

GREETING = b"NBDMAGICIHAVEOPT\0\3"
OLD = b"NBDMAGIC\x00\x00\x42\x02\x81\x86\x12\x53" + (1 << 20).to_bytes(8, "big")
POLICY, TLS = 0x8000_0002, 0x8000_0005


def reply(kind, data=b""):
    head = b"\x00\x03\xe8\x89\x04\x55\x65\xa9\0\0\0\3" + kind.to_bytes(4, "big") + len(data).to_bytes(4, "big")
    return head + data


def server(name):
    return reply(2, len(name).to_bytes(4, "big") + name)


def ask(greeting, *said):
    steps = (Say(greeting), HELLO, LIST, *map(Say, said), *([ABORT] if said else []))
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_names_of_exports_are_metadata():
    facts = ask(GREETING, server(b"root"), server(b"") + reply(1))
    assert (facts.access, facts.exports, rules(facts)) == (
        Access.METADATA,
        ("root", "(default)"),
        ["nbd-exports-listed"],
    )


@pytest.mark.parametrize(
    ("answer", "note"),
    [(reply(POLICY, b"not allowed"), "by policy"), (reply(TLS), "TLS required"), (reply(1), "no export")],
)
def test_without_names_it_is_identified_and_says_why(answer, note):
    facts = ask(GREETING, answer)
    assert (facts.access, rules(facts)) == (Access.UNKNOWN, [])
    assert note in facts.note


def test_the_old_style_hands_its_disk_to_whoever_connects():
    facts = asyncio.run(PROBE.ask(ScriptedTalk((Say(OLD),), PROBE.sends)))
    assert (facts.access, facts.size_bytes, rules(facts)) == (Access.DATA, 1 << 20, ["nbd-exports-listed"])


@pytest.mark.parametrize("greeting", [b"NBDMAGIC" + b"x" * 10, b"SSH-2.0-OpenSSH_9.2\r\n"])
def test_another_greeting_is_another_product(greeting):
    assert asyncio.run(PROBE.ask(ScriptedTalk((Say(greeting), Hang()), PROBE.sends))) is None


def test_an_echo_is_no_server():
    with pytest.raises(Malformed):
        ask(GREETING, LIST + bytes(20))


@given(st.binary(max_size=40), st.sampled_from([b"", reply(2)[:12]]))
def test_any_bytes_are_malformed_or_read(data, start):
    for parse in (parse_reply, parse_export):
        try:
            parse((start + data)[:20] if parse is parse_reply else data)
        except Malformed:
            continue


def start(server, *options):
    argv = ["nbdkit", "-f", "-i", "{address}", "-p", "10809", *options, "file", "{dir}/disk"]
    return server(argv, [10809], package="nbdkit", files={"disk": "x" * 4096})


@pytest.mark.fleet("nbd", "open")
def test_a_server_that_lists_its_disk_is_exposed_and_the_disk_unchanged(server, see, unchanged):
    running = start(server)
    with unchanged((running.directory / "disk").read_bytes):
        verdict = see(running, "nbd", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["nbd-exports-listed"])
    assert verdict.row.evidence == {"exports": ["(default)"]}
    assert see(running).service == "nbd"


@pytest.mark.fleet("nbd", "protected")
def test_a_server_that_demands_tls_is_identified(server, see, tmp_path):
    files = server.tls("127.0.0.1", tmp_path)
    folder = tmp_path / "pki"
    folder.mkdir()
    for name, file in (("ca-cert", files.ca), ("server-cert", files.cert), ("server-key", files.key)):
        (folder / f"{name}.pem").write_bytes(file.read_bytes())
    running = start(server, "--tls=require", f"--tls-certificates={folder}", "--tls-verify-peer")
    verdict = see(running, "nbd", golden="protected")
    assert (verdict.status, verdict.rules) == ("identified", [])
    assert "TLS required" in verdict.row.note
