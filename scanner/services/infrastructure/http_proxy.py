"""HTTP proxies: one that serves strangers hides them behind its address and leads them into its network.

Specification: RFC 9110 section 7.6, RFC 9112 section 3.2.2; names under .invalid never resolve (RFC 6761 section 6.4)
"""

import re
from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import PLACEHOLDER
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import HttpAnswer, Talk
from scanner.core.text import clean
from scanner.wire.http1 import HttpReader

_HEAD = "GET http://{0}/ HTTP/1.1\r\nHost: {0}\r\nUser-Agent: exposure-scanner\r\nConnection: close\r\n\r\n"
# Nobody is contacted: the first names a closed port of the proxy's own machine, the second a name without address.
ASK_ITSELF = _HEAD.format("127.0.0.1:65535").encode()
ASK_NOWHERE = _HEAD.format("exposure-check.invalid").encode()
_PRODUCTS = (
    (re.compile(r"squid(?:/([\w.]+))?", re.IGNORECASE), "Squid"),
    (re.compile(r"tinyproxy(?:/([\w.]+))?", re.IGNORECASE), "Tinyproxy"),
    (re.compile(r"privoxy(?: ([\w.]+))?", re.IGNORECASE), "Privoxy"),
    (re.compile(r"proxy\.py v?([\w.]+)?", re.IGNORECASE), "proxy.py"),
)
# How proxies say that they tried: nobody else knows of a peer that could not be reached.
_TRIED = (b"ERR_CONNECT_FAIL", b"ERR_DNS_FAIL", b"Unable to connect", b"Could not connect", b"No such domain")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyFacts(Facts):
    """What a proxy said."""


def parse_product(answer: HttpAnswer) -> tuple[str, str | None] | None:
    """Return (product, version) that an answer names in Server, Via or X-Squid-Error; None for no proxy."""
    said = " ".join(answer.header(name) for name in ("server", "via"))
    for pattern, product in _PRODUCTS:
        if found := pattern.search(said):
            return product, clean(found[1], 30) if found[1] else None
    return ("Squid", None) if answer.header("x-squid-error") else None


def parse_outcome(answer: HttpAnswer) -> Access:
    """Return what an answer to a request for somewhere else stands for: an attempt, a refusal, or neither."""
    error = answer.header("x-squid-error").encode()
    if answer.status == 407 and answer.header("proxy-authenticate"):
        return Access.REFUSED
    named = parse_product(answer) is not None
    if answer.status in {500, 502, 503, 504} and named:
        return Access.CONTROL if any(word in error + answer.body for word in _TRIED) else Access.UNKNOWN
    return Access.REFUSED if answer.status in {401, 403} and named else Access.UNKNOWN


async def ask(talk: Talk) -> ProxyFacts | None:
    """Ask for a page of the proxy's own machine and for one that is nowhere: who tries has served a stranger."""
    proof = []
    outcome, product = Access.UNKNOWN, None
    for request, said in (
        (ASK_ITSELF, "GET http://127.0.0.1:65535/"),
        (ASK_NOWHERE, "GET http://exposure-check.invalid/"),
    ):
        await talk.reopen()
        await talk.send(request)
        answer = await _answer(talk)
        here = parse_outcome(answer)
        product = product or parse_product(answer)
        if product is None and here is Access.UNKNOWN:
            return None
        proof.append(Exchange(said, f"{answer.status} {answer.title or answer.header('x-squid-error')}".strip()[:160]))
        outcome = max(outcome, here)
        if here is Access.CONTROL or answer.status == 407:
            break
    name, version = product or ("HTTP proxy", None)
    note = "it is a proxy, and whether it serves strangers can't be told" if outcome is Access.UNKNOWN else None
    return ProxyFacts(access=outcome, product=name, version=version, proof=tuple(proof), note=note)


async def _answer(talk: Talk) -> HttpAnswer:
    reader = HttpReader()
    while not reader.done:
        if more := await talk.read_some():
            reader.feed(more)
        else:
            reader.end()
    return reader.answer()


def _open(facts: ProxyFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return f"{facts.product} tried to reach what a stranger asked for, instead of asking who is there."


_PAGES = ("https://wiki.squid-cache.org/SquidFaq/SecurityPitfalls",)

PROBE = Probe(
    id="http-proxy",
    title="HTTP proxy",
    ports=tcp(3128, 8888, 8118),
    sends=(
        line(ASK_ITSELF, why="a port of the proxy's own machine on which nothing listens"),
        line(ASK_NOWHERE, why="a name that is reserved for not existing"),
    ),
    ask=ask,
    no_moods="a proxy answers in HTTP: what it says is read by status, in every state",
    fingerprints=(
        Fingerprint(header=("x-squid-error", "")),
        Fingerprint(header=("server", "tinyproxy")),
        Fingerprint(header=("server", "squid")),
    ),
    references=_PAGES,
    rules=(
        Rule(
            id="http-proxy-open",
            title="An HTTP proxy serves strangers",
            why="Anybody hides behind its address and reaches what only it can reach, the inner network included.",
            controls=Controls.RELAY,
            holds=_open,
            remedy=(
                "# squid.conf: your networks, and nobody else; nothing on the machine itself",
                f"acl localnet src {PLACEHOLDER}",
                "http_access deny to_localhost",
                "http_access allow localnet",
                "http_access deny all",
                "# tinyproxy.conf",
                "Listen 10.0.0.5",
                f"Allow {PLACEHOLDER}",
                "BasicAuth proxy <long random password>",
            ),
            cwe=(441, 306, 668),
            attack=("T1190", "T1090.002"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("ubuntu/squid", "sameersbn/squid"),
        ports=(3128,),
        rule="http-proxy-open",
        defaults=(("", Guard.UNKNOWN),),
        files=("*squid.conf",),
        why="its configuration lets only local networks through",
        source="https://wiki.squid-cache.org/SquidFaq/SecurityPitfalls",
    ),
)
