"""Varnish's command line over TCP: without a secret anybody loads a configuration, which may hold code in C.

Specification: https://varnish-cache.org/docs/trunk/reference/varnish-cli.html#wire-format
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.number import parse_number
from scanner.core.probe import Greeting, Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.talk import Talk
from scanner.core.text import clean

_OK, _LOGIN = 200, 107
_HEADER_BYTES = 13
_LARGEST = 4_096
_TITLE = b"Varnish Cache CLI "


@dataclass(frozen=True, slots=True, kw_only=True)
class VarnishFacts(Facts):
    """What a command line said of itself."""


def parse_header(header: bytes) -> tuple[int, int]:
    """Return (status, length of the text) of `200 276     ` and a line feed; raises Malformed."""
    words = header.split()
    shaped = len(header) == _HEADER_BYTES and header.endswith(b"\n") and header[3:4] == b" " and len(words) == 2
    status, length = (parse_number(word, most=_LARGEST) for word in words) if shaped else (None, None)
    if status is None or length is None:
        raise Malformed("no header of Varnish's command line")
    return status, length


def parse_version(banner: bytes) -> str | None:
    """Return the version in a banner's line `varnish-7.1.1 revision ...`."""
    row = next((row for row in banner.split(b"\n") if row.startswith(b"varnish-")), b"")
    return clean(row[len(b"varnish-") :].partition(b" ")[0], 30) or None


async def ask(talk: Talk) -> VarnishFacts | None:
    """Read the banner: it comes at once where no secret is asked for, and a challenge where one is."""
    status, length = parse_header(await talk.read_exactly(_HEADER_BYTES))
    text = await talk.read_exactly(length + 1)
    if status == _LOGIN and b"Authentication required" in text:
        proof = (Exchange("(nothing)", "107, authentication required"),)
        return VarnishFacts(access=Access.REFUSED, product="Varnish", proof=proof)
    if status != _OK or _TITLE not in text:
        return None
    return VarnishFacts(
        access=Access.CONTROL,
        product="Varnish",
        version=parse_version(text),
        proof=(Exchange("(nothing)", "200, its banner, and no challenge"),),
    )


_PAGES = (
    "https://varnish-cache.org/docs/trunk/users-guide/run_security.html",
    "https://varnish-cache.org/docs/trunk/reference/varnish-cli.html",
)

PROBE = Probe(
    id="varnish-cli",
    title="Varnish command line",
    ports=tcp(6082),
    sends=(),
    ask=ask,
    no_moods="its banner does not depend on whether its cache runs",
    greetings=(Greeting(start=_TITLE, offset=43), Greeting(start=b"107 59      \n")),
    listens_first=True,
    references=_PAGES,
    rules=(
        Rule(
            id="varnish-cli-no-secret",
            title="Varnish takes commands from anybody",
            why="Anybody changes what every visitor is served and loads code that runs on the machine.",
            controls=Controls.HOST,
            holds=reads(Access.CONTROL, "Varnish's command line asks for no secret."),
            remedy=(
                "# this machine alone, and a secret (never `-S none`)",
                "varnishd -T localhost:6082 -S /etc/varnish/secret",
            ),
            cwe=(306, 668),
            attack=("T1190", "T1059", "T1565.001"),
            references=_PAGES,
        ),
    ),
)
