"""Tor's control port: whoever it lets in steers the Tor process and learns which circuits and services it has.

Specification: https://spec.torproject.org/control-spec/ (PROTOCOLINFO, the one question before authenticating).
"""

import re
from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

QUESTION = b"PROTOCOLINFO 1\r\n"
QUIT = b"QUIT\r\n"
_MOST_BYTES = 4_096
_METHODS = re.compile(rb"^250-AUTH METHODS=([A-Z,]{1,80})", re.MULTILINE)
_VERSION = re.compile(rb'^250-VERSION Tor="([^"\r\n]{1,80})"', re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TorFacts(Facts):
    """What a control port told."""


def parse_protocol_info(reply: bytes) -> tuple[tuple[str, ...], str | None]:
    """Return (ways to authenticate, version) of a reply to PROTOCOLINFO; raises Malformed."""
    methods = _METHODS.search(reply)
    if not reply.startswith(b"250-PROTOCOLINFO 1") or methods is None:
        raise Malformed("no PROTOCOLINFO of Tor")
    version = _VERSION.search(reply)
    return tuple(methods[1].decode().split(",")), clean(version[1], 40) if version else None


async def ask(talk: Talk) -> TorFacts:
    """Ask which ways to authenticate there are; with NULL among them any AUTHENTICATE passes."""
    await talk.send(QUESTION)
    methods, version = parse_protocol_info(await talk.read_until(b"250 OK\r\n", _MOST_BYTES))
    await talk.send(QUIT)
    return TorFacts(
        access=Access.CONTROL if "NULL" in methods else Access.REFUSED,
        product="Tor",
        version=version,
        evidence={"auth_methods": list(methods)},
        proof=(Exchange("PROTOCOLINFO 1", f"AUTH METHODS={','.join(methods)}"),),
    )


_PAGES = ("https://spec.torproject.org/control-spec/",)

PROBE = Probe(
    id="tor-control",
    title="Tor control port",
    ports=tcp(9051, 9151),
    sends=(line(QUESTION), line(QUIT, why="ends the conversation")),
    ask=ask,
    # What it tells a browser, and then it hangs up.
    fingerprints=(Fingerprint(status=501, title="Tor's ControlPort is not an HTTP proxy"),),
    no_moods="it answers this question from its start on, whatever its circuits do",
    references=_PAGES,
    rules=(
        Rule(
            id="tor-control-no-auth",
            title="Tor's control port takes any password",
            why="Anybody reads its circuits and onion services, turns it into another relay or proxy, and stops it.",
            controls=Controls.CONFIG,
            holds=reads(Access.CONTROL, "The control port names NULL among its ways to authenticate."),
            remedy=(
                "# torrc: this machine alone, and a cookie or a password",
                "ControlPort 127.0.0.1:9051",
                "CookieAuthentication 1",
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1090", "T1489"),
            references=_PAGES,
        ),
    ),
)
