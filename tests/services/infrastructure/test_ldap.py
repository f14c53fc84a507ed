import asyncio
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.facts import Access
from scanner.core.sends import Verb
from scanner.core.unheard import Unheard
from scanner.services.infrastructure.ldap import (
    BIND,
    PROBE,
    ROOT,
    UNBIND,
    names_below,
)
from scanner.wire.ber import ENUMERATED, INTEGER, OCTETS, SEQUENCE, encode
from tests.support.talks import Hang, Say, ScriptedTalk

CONTEXT = b"dc=example,dc=org"


def message(number, tag, *content):
    return encode(SEQUENCE, encode(INTEGER, bytes([number])), encode(tag, *content))


def result(number, tag, code):
    return message(number, tag, encode(ENUMERATED, bytes([code])), encode(OCTETS), encode(OCTETS))


def entry(number, **attributes):
    found = [
        encode(SEQUENCE, encode(OCTETS, name.encode()), encode(0x31, encode(OCTETS, value)))
        for name, value in attributes.items()
    ]
    return message(number, 0x64, encode(OCTETS, b"cn=secret"), encode(SEQUENCE, *found))


HELLO = (
    BIND,
    Say(result(1, 0x61, 0)),
    ROOT,
    Say(entry(2, namingContexts=CONTEXT, vendorName=b"ACME") + result(2, 0x65, 0)),
)


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk(steps, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


@pytest.mark.parametrize("code", [0, 4])
def test_entries_are_data_and_their_names_are_not_kept(code):
    facts = ask(*HELLO, names_below(CONTEXT), Say(entry(3) * 2 + result(3, 0x65, code)), UNBIND)
    assert (facts.access, facts.entries, facts.product) == (Access.DATA, 2, "ACME")
    assert rules(facts) == ["ldap-anonymous-search"]
    assert "secret" not in str(facts)


@pytest.mark.parametrize("code", [1, 8, 13, 32, 48, 50])
def test_a_refused_search_protects(code):
    facts = ask(*HELLO, names_below(CONTEXT), Say(result(3, 0x65, code)), UNBIND)
    assert (facts.access, rules(facts)) == (Access.REFUSED, [])


def test_an_empty_tree_is_unknown():
    facts = ask(*HELLO, names_below(CONTEXT), Say(result(3, 0x65, 0)), UNBIND)
    assert (facts.access, rules(facts)) == (Access.UNKNOWN, [])


def test_a_refused_bind_protects():
    assert ask(BIND, Say(result(1, 0x61, 48)), ROOT, Hang()).access is Access.REFUSED
    facts = ask(BIND, Say(result(1, 0x61, 53)), ROOT, Say(result(2, 0x65, 53)))
    assert (facts.access, facts.unheard) == (Access.REFUSED, None)


def test_a_refused_bind_may_leave_the_search_open():
    facts = ask(
        BIND, Say(result(1, 0x61, 48)), *HELLO[2:], names_below(CONTEXT), Say(entry(3) + result(3, 0x65, 0)), UNBIND
    )
    assert (facts.access, rules(facts)) == (Access.DATA, ["ldap-anonymous-search"])


@pytest.mark.parametrize("code", [3, 51, 52, 80])
def test_a_server_that_is_busy_protects_nothing(code):
    for steps in (
        (BIND, Say(result(1, 0x61, code)), ROOT, Hang()),
        (*HELLO, names_below(CONTEXT), Say(result(3, 0x65, code)), UNBIND),
    ):
        facts = ask(*steps)
        assert (facts.access, facts.unheard) == (Access.UNKNOWN, Unheard.REFUSED_LATER)


def test_without_a_tree_it_is_identified():
    facts = ask(BIND, Say(result(1, 0x61, 0)), ROOT, Say(result(2, 0x65, 0)))
    assert (facts.access, rules(facts)) == (Access.UNKNOWN, [])


def test_an_echo_is_no_directory():
    assert ask(BIND, Say(BIND)) is None


@given(st.integers(1, 100))
def test_searches_of_every_length_are_permitted_and_nothing_but_the_name_varies(length):
    request = names_below(b"o" * length)
    assert any(send.allows(Verb.BYTES, request) for send in PROBE.sends)
    changed = request.replace(b"objectClass", b"objectclass")
    assert not any(send.allows(Verb.BYTES, changed) for send in PROBE.sends)


CONF = """
include /etc/ldap/schema/core.schema
pidfile {dir}/pid
modulepath /usr/lib/ldap
moduleload back_mdb
%s
database mdb
suffix "dc=example,dc=org"
rootdn "cn=admin,dc=example,dc=org"
directory {dir}/db
maxsize 10485760
%s
"""
DATA = """dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: cn=reader,dc=example,dc=org
objectClass: organizationalRole
cn: reader
"""


def start(server, general="", database=""):
    files = {"slapd.conf": CONF % (general, database), "data.ldif": DATA, "db/keep": ""}
    load = "slapadd -f {dir}/slapd.conf -l {dir}/data.ldif"
    run = "exec slapd -d 0 -f {dir}/slapd.conf -h ldap://{address}:389"
    return server(["sh", "-c", f"{load} && {run}"], [389], package="slapd", files=files)


def contents(running):
    def read():
        argv = ["/usr/sbin/slapcat", "-f", str(running.directory / "slapd.conf")]
        return subprocess.run(argv, check=True, capture_output=True).stdout

    return read


@pytest.mark.root
@pytest.mark.fleet("ldap", "open")
def test_a_directory_that_anybody_searches_is_exposed_and_unchanged(server, see, unchanged):
    server.need("slapd", "slapd")
    running = start(server)
    with unchanged(contents(running)):
        verdict = see(running, "ldap", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["ldap-anonymous-search"])
    assert (verdict.row.product, verdict.facts.entries) == ("OpenLDAP", 2)
    assert see(running).service == "ldap"


@pytest.mark.root
@pytest.mark.fleet("ldap", "open")
def test_a_forbidden_bind_leaves_the_directory_open(server, see):
    server.need("slapd", "slapd")
    verdict = see(start(server, "disallow bind_anon", ""), "ldap", golden="no-bind")
    assert (verdict.status, verdict.rules) == ("exposed", ["ldap-anonymous-search"])


@pytest.mark.root
@pytest.mark.fleet("ldap", "protected")
@pytest.mark.parametrize(
    ("general", "database", "golden"),
    [
        ("disallow bind_anon\nrequire authc", "", "no-bind-authc"),
        ("require authc", "", "authc"),
        ("", "access to * by users read by * auth", "hidden"),
    ],
)
def test_locks_protect(server, see, general, database, golden):
    server.need("slapd", "slapd")
    verdict = see(start(server, general, database), "ldap", golden=golden)
    assert (verdict.status, verdict.rules) == ("protected", [])
