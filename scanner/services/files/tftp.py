"""TFTP: whoever knows a file's name reads it, and where the server allows it writes it; there is no login.

Specification: RFC 1350
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Exchange, Facts
from scanner.core.probe import Probe, udp
from scanner.core.sends import datagram
from scanner.core.talk import DatagramTalk
from scanner.core.text import clean

# Read request, octet mode, for a file that nobody has.
ASK_FILE = b"\0\x01exposure-check-k3v9t1x7\0octet\0"
_DATA, _ERROR = 3, 5
_CODES = range(9)


@dataclass(frozen=True, slots=True, kw_only=True)
class TftpFacts(Facts):
    """What a server showed."""


def parse_answer(data: bytes) -> tuple[int, str]:
    """Return (code, message) of an error packet; raises Malformed for anything else."""
    code = int.from_bytes(data[2:4], "big")
    if len(data) < 5 or data[:2] != b"\0\x05" or code not in _CODES or data[4:].find(b"\0") != len(data) - 5:
        raise Malformed("not an error of TFTP")
    message = data[4:-1]
    if not message.isascii():
        raise Malformed("an error in no text")
    return code, clean(message, 120)


async def ask(talk: DatagramTalk) -> TftpFacts | None:
    """Ask for a file that does not exist; the server says so from another port."""
    code, message = parse_answer(await talk.ask(ASK_FILE, any_port=True))
    return TftpFacts(
        product="TFTP server",
        evidence={"error": code},
        proof=(Exchange("read of a file that does not exist", f"error {code} {message}".rstrip()),),
        note="TFTP has no login and no listing: which files it hands out is known only to who knows their names",
    )


PROBE = Probe(
    id="tftp",
    no_moods="its states are error codes, each of which is an answer",
    title="TFTP",
    ports=udp(69),
    sends=(datagram(ASK_FILE, why="a read of a file that does not exist"),),
    ask_datagram=ask,
    references=("https://www.rfc-editor.org/rfc/rfc1350#section-9",),
)
