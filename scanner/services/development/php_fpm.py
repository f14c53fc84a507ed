"""PHP-FPM over TCP: whoever speaks FastCGI to it has it run any PHP file with any setting, which is running code.

Specification: https://fastcgi-archives.github.io/FastCGI_Specification.html section 4.1
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.image import Image
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

_NAME = b"FCGI_MPXS_CONNS"
# version 1, FCGI_GET_VALUES, request 0, 17 bytes, 7 of padding: one name with an empty value
ASK_VALUES = b"\x01\x09\0\0\0\x11\x07\0" + bytes([len(_NAME), 0]) + _NAME + bytes(7)
_RESULT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class FastCgiFacts(Facts):
    """What a FastCGI server showed."""


def parse_header(header: bytes) -> tuple[int, int]:
    """Return (content, padding) lengths of a FCGI_GET_VALUES_RESULT record; raises Malformed for any other."""
    content = int.from_bytes(header[4:6], "big")
    if len(header) != 8 or header[:4] != bytes([1, _RESULT, 0, 0]) or content > 1_024:
        raise Malformed("not a result of FCGI_GET_VALUES")
    return content, header[6]


def parse_values(content: bytes) -> dict[str, str]:
    """Return the name-value pairs of a record whose lengths are one byte each; raises Malformed."""
    values: dict[str, str] = {}
    place = 0
    while place < len(content):
        if len(content) < place + 2 or content[place] > 127 or content[place + 1] > 127:
            raise Malformed("lengths of a pair")
        start, name_end = place + 2, place + 2 + content[place]
        place = name_end + content[place + 1]
        if place > len(content):
            raise Malformed("a pair longer than its record")
        values[clean(content[start:name_end], 128)] = clean(content[name_end:place], 128)
    return values


async def ask(talk: Talk) -> FastCgiFacts | None:
    """Ask a management question of the protocol; no request is begun, so no script runs."""
    await talk.send(ASK_VALUES)
    content, padding = parse_header(await talk.read_exactly(8))
    values = parse_values((await talk.read_exactly(content + padding))[:content])
    if values.get(_NAME.decode()) not in {"0", "1"}:
        return None
    return FastCgiFacts(
        access=Access.CONTROL,
        product="FastCGI",
        evidence=dict(values),
        proof=(Exchange("FCGI_GET_VALUES", f"FCGI_MPXS_CONNS = {values[_NAME.decode()]}"),),
    )


def _open(facts: FastCgiFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return "A FastCGI server, such as PHP-FPM, takes requests from this address: it runs the script that is named."


_PAGES = ("https://www.php.net/manual/en/install.fpm.configuration.php",)

PROBE = Probe(
    id="php-fpm",
    title="PHP-FPM",
    ports=tcp(9000, 9001),
    sends=(line(ASK_VALUES, why="FCGI_GET_VALUES asks for limits and starts no request"),),
    ask=ask,
    no_moods="a pool that is full leaves connections in the queue of the kernel",
    references=_PAGES,
    rules=(
        Rule(
            id="php-fpm-open",
            title="PHP-FPM takes requests from anybody",
            why="Anybody names the script to run and the settings to run it with, which is running code.",
            controls=Controls.HOST,
            holds=_open,
            remedy=(
                "# pool.d/www.conf: a socket that only the web server may open",
                "listen = /run/php/php-fpm.sock",
                "listen.owner = www-data",
                "listen.mode = 0660",
                "# or the web server's address and no other",
                "listen = 10.0.0.5:9000",
                "listen.allowed_clients = 10.0.0.6",
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1059"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("php",),
        tags=("*fpm*",),
        ports=(9000,),
        rule="php-fpm-open",
        files=("*php-fpm.d/*", "*www.conf"),
        access=Access.CONTROL,
        why="FastCGI runs whatever script it is told to",
        source="https://www.php.net/manual/en/install.fpm.configuration.php",
    ),
)
