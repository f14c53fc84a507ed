"""LDAP directories: where anonymous users may search, names, groups and machines can be read by anybody.

Specification: RFC 4511
"""

from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.errors import ClosedEarly, Malformed, Reset
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json
from scanner.core.mood import Mood
from scanner.core.probe import DefaultPort, Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import Send, line
from scanner.core.talk import Talk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire.ber import (
    ENUMERATED,
    INTEGER,
    OCTETS,
    SEQUENCE,
    Item,
    encode,
    parse_length,
)
from scanner.wire.ldap_messages import parse_entry, parse_message, parse_result

_BIND_RESPONSE, _ENTRY, _DONE, _REFERENCE = 0x61, 0x64, 0x65, 0x73
_DISCONNECTION = (0, 0x78)
"""Number and operation of a notice of disconnection (RFC 4511 section 4.4.1)."""
_SEARCH = 0x63
_BASE, _SUBTREE = b"\0", b"\2"
_LONGEST_NAME = 100
_LARGEST = 65_536
_MOST_MESSAGES = 50
_SIZE_LIMIT_EXCEEDED = 4
# RFC 4511 appendix A.2: those by which a server turns strangers away.
_REFUSALS = {
    1: "operationsError: a bind is wanted first",
    7: "authMethodNotSupported",
    8: "strongerAuthRequired",
    13: "confidentialityRequired",
    32: "noSuchObject: hidden from strangers",
    48: "inappropriateAuthentication",
    49: "invalidCredentials",
    50: "insufficientAccessRights",
    53: "unwillingToPerform",
}
_NOBODY_NOW = {3: "timeLimitExceeded", 11: "adminLimitExceeded", 51: "busy", 52: "unavailable", 80: "other"}


def _message(number: int, *operation: bytes) -> bytes:
    return encode(SEQUENCE, encode(INTEGER, bytes([number])), *operation)


def search(number: int, base: bytes, scope: bytes, *attributes: bytes) -> bytes:
    """Return a search for anything below a base: at most five entries, three seconds (RFC 4511 section 4.5.1)."""
    wanted = [encode(OCTETS, attribute) for attribute in attributes]
    return _message(
        number,
        encode(
            _SEARCH,
            encode(OCTETS, base),
            encode(ENUMERATED, scope),
            encode(ENUMERATED, b"\0"),
            encode(INTEGER, b"\x05"),
            encode(INTEGER, b"\x03"),
            encode(0x01, b"\0"),
            encode(0x87, b"objectClass"),
            encode(SEQUENCE, *wanted),
        ),
    )


BIND = _message(1, encode(0x60, encode(INTEGER, b"\x03"), encode(OCTETS), encode(0x80)))
ROOT = search(
    2, b"", _BASE, b"namingContexts", b"vendorName", b"vendorVersion", b"supportedLDAPVersion", b"objectClass"
)
UNBIND = _message(4, b"\x42\0")


def names_below(base: bytes) -> bytes:
    """Return the search for entries of a naming context without any of their attributes."""
    return search(3, base, _SUBTREE, b"1.1")


def _below(length: int) -> Send:
    """Permit that search for every naming context of one length: the name alone varies."""
    base = encode(OCTETS, b"x" * length)
    request = names_below(b"x" * length)
    start = request.index(base) + len(base) - length
    return line(request, vary=((start, start + length),), why="a search reads; no attribute is asked for")


@dataclass(frozen=True, slots=True, kw_only=True)
class LdapFacts(Facts):
    """What a directory showed."""

    entries: int = 0
    """Entries that a search for at most five returned."""


async def ask(talk: Talk) -> LdapFacts | None:
    """Bind as nobody, read the root entry, which is public, then look for entries below each naming context.

    Who forbids that bind may still answer searches of those who never bound (OpenLDAP's `disallow bind_anon`).
    """
    await talk.send(BIND)
    number, operation = await _read(talk)
    facts = LdapFacts(product="LDAP directory")
    if (number, operation.tag) == _DISCONNECTION:
        return _later(facts, "anonymous bind", parse_result(operation))
    if (number, operation.tag) != (1, _BIND_RESPONSE):
        return None
    bound = parse_result(operation)
    if bound == 0:
        return await _look(talk, replace(facts, proof=(Exchange("anonymous bind", "success"),)), bound)
    facts = _refused(facts, "anonymous bind", bound)
    await talk.reopen()
    return await _look(talk, facts, bound)


async def _look(talk: Talk, facts: LdapFacts, bound: int) -> LdapFacts:
    """Read the root entry and what is below each naming context; `bound` is the result of the anonymous bind."""
    await talk.send(ROOT)
    try:
        entries, code = await _search(talk, 2)
    except (ClosedEarly, Reset, Malformed):
        if bound == 0:
            raise
        return facts
    if not entries and code in _REFUSALS:
        return _refused(facts, "search of the root entry", code)
    root = entries[0] if entries else {}
    contexts = [name for name in root.get("namingContexts", []) if 0 < len(name) <= _LONGEST_NAME][:3]
    facts = _named(facts, root, contexts)
    if not contexts and (code in _NOBODY_NOW or facts.access is Access.REFUSED):
        return facts if bound else _later(facts, "search of the root entry", code)
    if not contexts:
        return replace(facts, note="it names no directory tree to strangers; whether one could be read can't be told")
    for context in contexts:
        await talk.send(names_below(context))
        found, code = await _search(talk, 3)
        facts = _judge(facts, clean(context, 120), len(found), code)
        if facts.access is Access.DATA:
            break
    await talk.send(UNBIND)
    return facts


def _named(facts: LdapFacts, root: dict[str, list[bytes]], contexts: list[bytes]) -> LdapFacts:
    def first(name: str) -> str | None:
        return clean(root[name][0], 80) if root.get(name) else None

    is_openldap = b"OpenLDAProotDSE" in root.get("objectClass", [])
    shown: list[Json] = [clean(context, 120) for context in contexts]
    return replace(
        facts,
        product=first("vendorName") or ("OpenLDAP" if is_openldap else "LDAP directory"),
        version=first("vendorVersion"),
        evidence={"naming_contexts": shown},
    )


def _judge(facts: LdapFacts, context: str, entries: int, code: int) -> LdapFacts:
    if entries:
        more = ", and more" if code == _SIZE_LIMIT_EXCEEDED else ""
        return replace(
            facts,
            access=Access.DATA,
            evidence={**facts.evidence, "entries_at_least": entries},
            proof=(*facts.proof, Exchange(f"search below {context}", f"{counted(entries, 'entry')}{more}")),
            entries=entries,
        )
    if code in _REFUSALS:
        return _refused(facts, f"search below {context}", code)
    if code in _NOBODY_NOW:
        return _later(facts, f"search below {context}", code)
    return replace(
        facts,
        proof=(*facts.proof, Exchange(f"search below {context}", f"result {code}, no entries")),
        note="an anonymous search finds nothing: the tree is empty, or hidden from strangers",
    )


def _refused(facts: LdapFacts, sent: str, code: int) -> LdapFacts:
    if code in _NOBODY_NOW:
        return _later(facts, sent, code)
    said = _REFUSALS.get(code, f"result {code}")
    return replace(facts, access=Access.REFUSED, unheard=None, proof=(*facts.proof, Exchange(sent, said)))


def _later(facts: LdapFacts, sent: str, code: int) -> LdapFacts:
    note = "it has too much to do, or is out of service: whether strangers may search was not learned"
    proof = (*facts.proof, Exchange(sent, _NOBODY_NOW.get(code, f"result {code}")))
    return replace(facts, access=Access.UNKNOWN, note=note, proof=proof, unheard=Unheard.REFUSED_LATER)


async def _search(talk: Talk, number: int) -> tuple[list[dict[str, list[bytes]]], int]:
    """Return the entries of one search, and its result code."""
    entries: list[dict[str, list[bytes]]] = []
    for _ in range(_MOST_MESSAGES):
        answered, operation = await _read(talk)
        if answered == number and operation.tag == _ENTRY:
            entries.append(parse_entry(operation))
        elif answered == number and operation.tag == _DONE:
            return entries, parse_result(operation)
        elif operation.tag != _REFERENCE:
            raise Malformed("an answer to another question")
    raise Malformed("a search without an end")


async def _read(talk: Talk) -> tuple[int, Item]:
    head = await talk.read_exactly(2)
    if head[0] != SEQUENCE:
        raise Malformed("not a message of LDAP")
    while (found := parse_length(head, 1)) is None:
        head += await talk.read_exactly(1)
    if found[0] > _LARGEST:
        raise Malformed("a message too long to be an answer")
    return parse_message(await talk.read_exactly(found[0]))


def _open(facts: LdapFacts) -> str | None:
    if facts.access < Access.DATA:
        return None
    return f"Anonymous users search the directory: at least {counted(facts.entries, 'entry')} can be read."


_PAGES = (
    "https://www.openldap.org/doc/admin26/security.html",
    "https://www.openldap.org/doc/admin26/access-control.html",
)


def _bind_says(name: str, code: int, access: Access = Access.UNKNOWN) -> Mood:
    result = encode(ENUMERATED, bytes([code])) + encode(OCTETS) + encode(OCTETS)
    unheard = Unheard.REFUSED_LATER if access is Access.UNKNOWN else None
    return Mood(name=name, says={BIND: _message(1, encode(_BIND_RESPONSE, result))}, access=access, unheard=unheard)


MOODS = (
    Mood(
        name="disconnecting",
        says={
            b"": _message(0, encode(_DISCONNECTION[1], encode(ENUMERATED, b"\x34") + encode(OCTETS) + encode(OCTETS)))
        },
        hangs_up=True,
        unheard=Unheard.REFUSED_LATER,
    ),
    _bind_says("busy", 51),
    _bind_says("unavailable", 52),
    _bind_says("bind-forbidden-openldap", 48, Access.REFUSED),
    _bind_says("bind-forbidden-389-directory-server", 53, Access.REFUSED),
)

PROBE = Probe(
    id="ldap",
    title="LDAP",
    ports=(*tcp(389, 3268), DefaultPort(636, tls=True), DefaultPort(3269, tls=True)),
    sends=(
        line(BIND, why="binds as nobody (RFC 4513 section 5.1.1), with no name and no password"),
        line(ROOT, why="reads the root entry"),
        *map(_below, range(1, _LONGEST_NAME + 1)),
        line(UNBIND),
    ),
    ask=ask,
    greetings=(Greeting(start=b"\x02\x01\x00\x78", offset=2),),
    moods=MOODS,
    references=_PAGES,
    rules=(
        Rule(
            id="ldap-anonymous-search",
            title="LDAP lets anonymous users search",
            why="Names of users, groups and machines, and often password hashes and phone numbers, can be read.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# OpenLDAP (ldapmodify -Y EXTERNAL -H ldapi:///): who wants to read logs in first",
                "dn: olcDatabase={1}mdb,cn=config",
                "changetype: modify",
                "replace: olcAccess",
                "olcAccess: {0}to attrs=userPassword by self write by anonymous auth by * none",
                "olcAccess: {1}to * by users read by anonymous auth",
                "# nothing without a bind; bind_anon alone forbids the bind and leaves the searches open",
                "dn: cn=config",
                "changetype: modify",
                "add: olcRequires",
                "olcRequires: authc",
                "# Active Directory: the seventh character of dSHeuristics is not 2",
            ),
            cwe=(306, 200, 668),
            attack=("T1190", "T1087.002", "T1069.002"),
            references=_PAGES,
        ),
    ),
)
