"""CUPS: print queues, their documents' names and settings, on a port that should serve its own machine alone.

Specification: RFC 8011; https://www.cups.org/doc/spec-ipp.html#CUPS_GET_PRINTERS. Nothing is ever printed.
"""

import re
from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.errors import Malformed, TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get, post_read
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire.reading import undecided_in


def _attribute(tag: int, name: bytes, value: bytes) -> bytes:
    return bytes([tag]) + len(name).to_bytes(2, "big") + name + len(value).to_bytes(2, "big") + value


_KEYWORD, _CHARSET, _LANGUAGE, _NAME = 0x44, 0x47, 0x48, 0x42
# IPP 1.1, CUPS-Get-Printers, request 1
GET_PRINTERS = b"".join(
    (
        b"\x01\x01\x40\x02\0\0\0\x01\x01",
        _attribute(_CHARSET, b"attributes-charset", b"utf-8"),
        _attribute(_LANGUAGE, b"attributes-natural-language", b"en"),
        _attribute(_KEYWORD, b"requested-attributes", b"printer-name"),
        b"\x03",
    )
)
_OK, _NOT_FOUND = 0x0000, 0x0406
_REFUSED = {0x0401, 0x0402, 0x0403}
_SERVER_ERRORS = 0x0500
"""From here on: busy, not accepting, out of order (RFC 8011 appendix B.1.5)."""
_MOST_NAMES = 500
_SERVER = re.compile(r"^CUPS/([\d.]+)(?: IPP/[\d.]+)?$")
_TITLE = re.compile(r"^[\w ]{1,60} - CUPS (v?\d[\w.+-]{1,30})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class CupsFacts(Facts):
    """What a print server showed."""

    printers: int = 0


def parse_version(answer: HttpAnswer) -> str | None:
    """Return the version that the page's title or, less precisely, the Server header names; None for others.

    A proxy puts its own Server header there, and leaves the title alone.
    """
    named = _TITLE.match(answer.title) or _SERVER.match(answer.header("server"))
    return clean(named[1], 30) if named else None


def parse_printers(body: bytes) -> tuple[int, list[str]]:
    """Return (status, names of printers) of an IPP response; raises Malformed."""
    if len(body) < 9 or body[0] not in {1, 2} or body[4:8] != b"\0\0\0\x01":
        raise Malformed("not a response of IPP")
    names: list[str] = []
    place = 8
    while place < len(body) and body[place] != 0x03:
        tag = body[place]
        place += 1
        if tag < 0x10:
            continue
        name, place = _text(body, place)
        value, place = _text(body, place)
        if tag == _NAME and name == b"printer-name" and len(names) < _MOST_NAMES:
            names.append(clean(value, 127))
    return int.from_bytes(body[2:4], "big"), names


def _text(body: bytes, place: int) -> tuple[bytes, int]:
    end = place + 2 + int.from_bytes(body[place : place + 2], "big")
    if place + 2 > len(body) or end > len(body):
        raise Malformed("an attribute longer than its response")
    return body[place + 2 : end], end


async def ask(talk: HttpTalk) -> CupsFacts | None:
    """Read the list of printers; the front page names the product whoever asks."""
    front = await talk.get("/")
    version = parse_version(front)
    if version is None:
        return None
    facts = CupsFacts(product="CUPS", version=version, proof=(Exchange("GET /", f"{front.status}, CUPS {version}"),))
    try:
        answer = await talk.post_read("/", GET_PRINTERS, content_type="application/ipp")
    except TalkError as error:
        return replace(facts, note=f"CUPS-Get-Printers was not answered: {error}")
    if answer.refused:
        return _refused(facts, str(answer.status))
    if answer.status != 200 or answer.header("content-type") != "application/ipp":
        note = f"CUPS-Get-Printers was answered with {answer.status}"
        return replace(facts, note=note, unheard=undecided_in(answer))
    return _judge(facts, *parse_printers(answer.body))


def _judge(facts: CupsFacts, status: int, names: list[str]) -> CupsFacts:
    if status in _REFUSED:
        return _refused(facts, f"status 0x{status:04x}")
    if status not in {_OK, _NOT_FOUND}:
        unheard = Unheard.REFUSED_LATER if status >= _SERVER_ERRORS else Unheard.UNDECIDED
        return replace(facts, note=f"CUPS-Get-Printers ended with status 0x{status:04x}", unheard=unheard)
    return replace(
        facts,
        access=Access.METADATA,
        evidence={"printers": len(names), "printer_names": list(names[:20])},
        proof=(*facts.proof, Exchange("CUPS-Get-Printers", counted(len(names), "printer"))),
        printers=len(names),
    )


def _refused(facts: CupsFacts, how: str) -> CupsFacts:
    return replace(facts, access=Access.REFUSED, proof=(*facts.proof, Exchange("CUPS-Get-Printers", f"refused, {how}")))


def _open(facts: CupsFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    return f"CUPS {facts.version} shows its printers to this address: {facts.printers} of them."


_PAGES = ("https://www.cups.org/doc/security.html",)

PROBE = Probe(
    id="cups",
    no_moods="its states are IPP statuses, which are all read",
    title="CUPS",
    ports=tcp(631),
    sends=(
        get("/"),
        post_read("/", GET_PRINTERS, why="CUPS-Get-Printers lists names; IPP carries reads in POST, no job is made"),
    ),
    ask_http=ask,
    fingerprints=(Fingerprint(header=("server", "CUPS/")), Fingerprint(title="- CUPS ")),
    references=_PAGES,
    rules=(
        Rule(
            id="cups-reachable",
            title="CUPS serves other machines",
            why="Anybody prints, sees who prints what, and reaches a service that has run attackers' commands before.",
            controls=Controls.DEVICE,
            holds=_open,
            remedy=(
                "# cupsd.conf: this machine alone",
                "Listen localhost:631",
                "Browsing No",
                "<Location />",
                "  Order allow,deny",
                "</Location>",
                "# and nobody who adds printers from the network",
                "systemctl disable --now cups-browsed",
            ),
            cwe=(306, 668),
            attack=("T1190", "T1120"),
            references=_PAGES,
        ),
    ),
)
