import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.files.nfs import ASK_EXPORTS, ASK_NOTHING, PROBE, parse_exports
from scanner.wire.oncrpc import XID, Reader, mark
from tests.fleet.around import SILENT
from tests.fleet.namespaces import SERVER
from tests.fleet.plugin import digest_tree
from tests.support.talks import Say, ScriptedTalk

YES, NO = b"\0\0\0\1", bytes(4)
ACCEPTED = XID + YES + bytes(12)


def text(value):
    return len(value).to_bytes(4, "big") + value + bytes(-len(value) % 4)


def export(path, *groups):
    return YES + text(path) + b"".join(YES + text(group) for group in groups) + NO


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk((mark(ASK_EXPORTS), *steps), PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


@pytest.mark.parametrize("groups", [(), (b"*",), (b"10.0.0.5", b"(everyone)")])
def test_an_export_to_everybody_is_metadata(groups):
    facts = ask(Say(mark(ACCEPTED + NO + export(b"/srv", *groups) + export(b"/home", b"10.0.0.5") + NO)))
    assert (facts.access, facts.exports, facts.open_exports) == (Access.METADATA, 2, ("/srv",))
    assert rules(facts) == ["nfs-export-everybody"]


def test_exports_to_named_hosts_protect():
    facts = ask(Say(mark(ACCEPTED + NO + export(b"/home", b"10.0.0.5") + NO)))
    assert (facts.access, rules(facts)) == (Access.REFUSED, [])


def test_nfs_alone_is_identified():
    facts = ask(Say(mark(ACCEPTED + YES)), mark(ASK_NOTHING), Say(mark(ACCEPTED + NO)))
    assert (facts.access, rules(facts)) == (Access.UNKNOWN, [])
    assert ask(Say(mark(ACCEPTED + YES)), mark(ASK_NOTHING), Say(mark(ACCEPTED + YES))) is None


@given(st.binary(max_size=80))
def test_any_bytes_are_malformed_or_read(data):
    for said in (data, export(b"/srv", b"*") + data):
        try:
            parse_exports(Reader(said))
        except Malformed:
            continue


CONF = """
NFS_CORE_PARAM { Protocols = 3; MNT_Port = 20048; NFS_Port = 2049; Enable_NLM = false; Enable_RQUOTA = false; }
NFSv4 { Graceless = true; RecoveryBackend = fs; RecoveryRoot = {dir}/recovery; }
EXPORT { Export_Id = 1; Path = {dir}/srv; Pseudo = /srv; Protocols = 3; Transports = TCP; FSAL { Name = VFS; }
  Access_Type = NONE; CLIENT { Clients = %s; Access_Type = RO; } }
LOG { Default_Log_Level = EVENT; }
"""
MAPPED = 'mount -t tmpfs none /run && mkdir -p /run/ganesha && (rpcbind -f &) && exec "$@"'


def start(server, cable, clients):
    server.need("rpcbind", "rpcbind")
    prefix = [*cable.prefix, "unshare", "--mount", "sh", "-c", MAPPED, "sh"]
    argv = ["ganesha.nfsd", "-F", "-f", "{dir}/g.conf", "-L", "/dev/stderr", "-p", "{dir}/pid"]
    files = {"g.conf": CONF % clients, "srv/a.txt": "content", "recovery/keep": ""}
    return server(
        argv,
        [20048],
        package="nfs-ganesha",
        prefix=prefix,
        address=SERVER,
        files=files,
        ready=lambda _: cable.accepts(20048),
    )


@pytest.mark.root
@pytest.mark.fleet("nfs", "open", unlike={"odd": SILENT})
def test_a_real_export_to_everybody_is_exposed_and_unchanged(server, cable, unchanged):
    running = start(server, cable, "*")
    with unchanged(lambda: digest_tree(running.directory / "srv")):
        seen = cable.see(20048, "nfs")
    assert (seen["status"], seen["rules"]) == ("exposed", ["nfs-export-everybody"])
    assert cable.see(2049, "nfs")["rules"] in ([], ["nfs-export-everybody"])


@pytest.mark.root
@pytest.mark.fleet("nfs", "protected", unlike={"odd": SILENT})
def test_a_real_export_to_one_host_is_hidden_from_others(server, cable):
    start(server, cable, "192.0.2.1")
    seen = cable.see(20048, "nfs")
    assert (seen["status"], seen["rules"]) == ("identified", [])
