import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed, TimedOut
from scanner.core.facts import Access
from scanner.services.infrastructure.cups import PROBE, parse_printers, parse_version
from tests.fleet.namespaces import SERVER
from tests.support.talks import ScriptedHttp, page

HEADERS = {"Server": "CUPS/2.4 IPP/2.1", "Content-Type": "application/ipp"}


def response(status, *names):
    body = b"\1\1" + status.to_bytes(2, "big") + b"\0\0\0\1\1"
    for name in names:
        body += b"\4\x42\0\x0cprinter-name" + len(name).to_bytes(2, "big") + name
    return page(body + b"\3", headers=HEADERS)


class Talk(ScriptedHttp):
    async def get(self, path, *, headers=None, host=None):
        return page("<title>Home - CUPS 2.4.2</title>", headers=HEADERS)


def ask(answer):
    return asyncio.run(PROBE.ask_http(Talk({"/": answer}, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


@pytest.mark.parametrize(("status", "names"), [(0, (b"office", b"lab")), (0x0406, ())])
def test_printers_are_metadata(status, names):
    facts = ask(response(status, *names))
    assert (facts.access, facts.version, facts.printers) == (Access.METADATA, "2.4.2", len(names))
    assert facts.evidence["printer_names"] == [name.decode() for name in names]
    assert rules(facts) == ["cups-reachable"]


@pytest.mark.parametrize(
    ("answer", "access"),
    [
        (page("", 403, HEADERS), Access.REFUSED),
        (response(0x0403), Access.REFUSED),
        (response(0x0500), Access.UNKNOWN),
        (page("", 404, HEADERS), Access.UNKNOWN),
        (TimedOut("x"), Access.UNKNOWN),
    ],
)
def test_without_a_list_nothing_is_proven(answer, access):
    facts = ask(answer)
    assert (facts.access, rules(facts)) == (access, [])


@pytest.mark.parametrize("server", ["", "nginx", "CUPS", "Fake CUPS/2.4"])
def test_other_servers_are_other_products(server):
    assert parse_version(page("x", headers={"Server": server})) is None


def test_behind_a_proxy_the_title_names_it():
    assert parse_version(page("<title>Forbidden - CUPS v2.4.2</title>", headers={"Server": "nginx"})) == "v2.4.2"
    assert parse_version(page("<title>All about - CUPS</title>", headers={"Server": "nginx"})) is None


@given(st.binary(max_size=60))
def test_any_bytes_are_malformed_or_read(data):
    for body in (data, b"\1\1\0\0\0\0\0\1" + data):
        try:
            parse_printers(body)
        except Malformed:
            continue


CONF = """
Listen {address}:631
Listen 127.0.0.1:631
ServerName localhost
DefaultEncryption Never
DefaultAuthType Basic
<Location />
Order allow,deny
%s
</Location>
"""
FILES = """
ServerRoot {dir}/etc
CacheDir {dir}/cache
StateDir {dir}/state
RequestRoot {dir}/spool
TempDir {dir}/tmp
AccessLog stderr
ErrorLog stderr
PageLog stderr
"""


def start(server, cable, rules):
    # From its own machine CUPS lets everybody in, and answers no loopback address but 127.0.0.1.
    files = {"etc/cupsd.conf": CONF % rules, "etc/cups-files.conf": FILES}
    files |= {f"{name}/keep": "" for name in ("cache", "state", "spool", "tmp")}
    argv = ["cupsd", "-f", "-c", "{dir}/etc/cupsd.conf", "-s", "{dir}/etc/cups-files.conf"]
    return server(
        argv,
        [631],
        package="cups-daemon",
        files=files,
        address=SERVER,
        prefix=cable.prefix,
        ready=lambda _: cable.accepts(631),
    )


@pytest.mark.root
@pytest.mark.fleet("cups", "open")
def test_a_real_server_that_serves_others_is_exposed(server, cable):
    start(server, cable, "Allow all")
    seen = cable.see(631, "cups")
    assert (seen["status"], seen["rules"]) == ("exposed", ["cups-reachable"])


@pytest.mark.root
@pytest.mark.fleet("cups", "protected")
@pytest.mark.parametrize("lock", ["", "Allow all\nAuthType Basic\nRequire valid-user"])
def test_the_default_and_a_password_protect(server, cable, lock):
    start(server, cable, lock)
    seen = cable.see(631, "cups")
    assert (seen["status"], seen["rules"]) == ("protected", [])
