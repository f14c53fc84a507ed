"""SMB 2, as far as a null session needs it: negotiation, an anonymous login, and the list of shares over a pipe.

MS-SMB2 section 2.2, MS-NLMP section 2.2.1, MS-SRVS section 3.1.4.8, MS-RPCE section 2.2.2
"""

from typing import NamedTuple

from scanner.core.errors import Malformed

NEGOTIATE, SESSION_SETUP, TREE_CONNECT, CREATE, IOCTL = 0, 1, 3, 5, 11
SUCCESS, MORE_PROCESSING, PENDING, OVERFLOW = 0, 0xC0000016, 0x00000103, 0x80000005
IS_GUEST, IS_NULL = 1, 2
HEADER_BYTES = 64
SESSION_SPAN, TREE_SPAN = (44, 52), (40, 44)
"""Where the session's and the tree's number stand in a message, behind the four bytes of its length."""
_DIALECTS = (0x0202, 0x0210, 0x0300, 0x0302)
_NTLMSSP = b"NTLMSSP\0"
# Unicode, OEM, request target, NTLM, always sign, extended session security, 128 and 56 bits
_FLAGS = (0xA0088207).to_bytes(4, "little")
_ANONYMOUS_FLAGS = (0xA0088A07).to_bytes(4, "little")


class SmbReply(NamedTuple):
    """One response."""

    command: int
    status: int
    tree: bytes
    session: bytes
    body: bytes
    """What follows the header."""


def frame(message: bytes) -> bytes:
    """Return a message behind its length, as over TCP (MS-SMB2 section 2.1)."""
    return len(message).to_bytes(4, "big") + message


def request(command: int, number: int, body: bytes, *, tree: bytes = bytes(4), session: bytes = bytes(8)) -> bytes:
    """Return a framed request: one credit, no signature (MS-SMB2 section 2.2.1.2)."""
    header = b"".join(
        (
            b"\xfeSMB",
            (64).to_bytes(2, "little"),
            bytes(6),
            command.to_bytes(2, "little"),
            (31).to_bytes(2, "little"),
            bytes(8),
            number.to_bytes(8, "little"),
            bytes(4),
            tree,
            session,
            bytes(16),
        )
    )
    return frame(header + body)


def negotiate() -> bytes:
    """Return the question for the dialect."""
    body = b"".join(
        (
            (36).to_bytes(2, "little"),
            len(_DIALECTS).to_bytes(2, "little"),
            (1).to_bytes(2, "little"),
            bytes(6),
            b"exposure-scanner",
            bytes(8),
            *(dialect.to_bytes(2, "little") for dialect in _DIALECTS),
        )
    )
    return request(NEGOTIATE, 0, body)


def session_setup(number: int, token: bytes, *, session: bytes = bytes(8)) -> bytes:
    """Return a step of the login that carries a token of NTLM."""
    fixed = b"\x19\0\0\x01" + bytes(8) + (HEADER_BYTES + 24).to_bytes(2, "little") + len(token).to_bytes(2, "little")
    return request(SESSION_SETUP, number, fixed + bytes(8) + token, session=session)


def ntlm_hello() -> bytes:
    """Return NTLM's first token."""
    return _NTLMSSP + (1).to_bytes(4, "little") + _FLAGS + bytes(16)


def ntlm_nobody() -> bytes:
    """Return NTLM's last token of somebody without name and password (MS-NLMP section 3.2.5.1.2)."""
    empty = bytes(4) + (65).to_bytes(4, "little")
    lm_response = (1).to_bytes(2, "little") * 2 + (64).to_bytes(4, "little")
    return _NTLMSSP + (3).to_bytes(4, "little") + lm_response + empty * 5 + _ANONYMOUS_FLAGS + b"\0"


def tree_connect(number: int, path: str, *, session: bytes = bytes(8)) -> bytes:
    """Return the request for a share."""
    name = path.encode("utf-16-le")
    fixed = b"\x09\0\0\0" + (HEADER_BYTES + 8).to_bytes(2, "little") + len(name).to_bytes(2, "little")
    return request(TREE_CONNECT, number, fixed + name, session=session)


def open_pipe(number: int, name: str, *, tree: bytes = bytes(4), session: bytes = bytes(8)) -> bytes:
    """Return the request to open an existing pipe, and to make nothing (disposition FILE_OPEN)."""
    text = name.encode("utf-16-le")
    body = b"".join(
        (
            (57).to_bytes(2, "little"),
            bytes(2),
            (2).to_bytes(4, "little"),
            bytes(16),
            (0x0012019F).to_bytes(4, "little"),
            bytes(4),
            (7).to_bytes(4, "little"),
            (1).to_bytes(4, "little"),
            bytes(4),
            (HEADER_BYTES + 56).to_bytes(2, "little"),
            len(text).to_bytes(2, "little"),
            bytes(8),
            text,
        )
    )
    return request(CREATE, number, body, tree=tree, session=session)


def transceive(
    number: int, data: bytes, *, tree: bytes = bytes(4), session: bytes = bytes(8), file: bytes = bytes(16)
) -> bytes:
    """Return a question over a pipe (FSCTL_PIPE_TRANSCEIVE)."""
    body = b"".join(
        (
            (57).to_bytes(2, "little"),
            bytes(2),
            (0x0011C017).to_bytes(4, "little"),
            file,
            (HEADER_BYTES + 56).to_bytes(4, "little"),
            len(data).to_bytes(4, "little"),
            bytes(4),
            bytes(8),
            (65_536).to_bytes(4, "little"),
            (1).to_bytes(4, "little"),
            bytes(4),
            data,
        )
    )
    return request(IOCTL, number, body, tree=tree, session=session)


FILE_SPAN = (4 + HEADER_BYTES + 8, 4 + HEADER_BYTES + 24)
"""Where the pipe's number stands in a `transceive`."""
# Interface srvsvc 3.0 and the transfer syntax NDR 2.0, as a bind carries them.
_SRVSVC = bytes.fromhex("c84f324b7016d30112785a47bf6ee188") + b"\3\0\0\0"
_NDR = bytes.fromhex("045d888aeb1cc9119fe808002b104860") + b"\2\0\0\0"


def rpc_bind() -> bytes:
    """Return the bind to the server service (MS-RPCE, C706 section 12.6.4.3)."""
    context = b"\0\0\1\0" + _SRVSVC + _NDR
    content = (4_280).to_bytes(2, "little") * 2 + bytes(4) + b"\1\0\0\0" + context
    return _rpc(11, content)


def rpc_share_enum() -> bytes:
    """Return NetrShareEnum, level 1: names, types and comments (MS-SRVS section 3.1.4.8)."""
    name = _ndr_text("server")
    content = b"".join(
        (
            (0x20000).to_bytes(4, "little"),
            name,
            (1).to_bytes(4, "little"),
            (1).to_bytes(4, "little"),
            (0x20004).to_bytes(4, "little"),
            bytes(8),
            (0xFFFFFFFF).to_bytes(4, "little"),
            bytes(4),
        )
    )
    return _rpc(0, len(content).to_bytes(4, "little") + b"\0\0" + (15).to_bytes(2, "little") + content)


def _rpc(kind: int, content: bytes) -> bytes:
    length = (16 + len(content)).to_bytes(2, "little")
    return bytes([5, 0, kind, 3, 0x10, 0, 0, 0]) + length + bytes(2) + (1).to_bytes(4, "little") + content


def _ndr_text(text: str) -> bytes:
    count = (len(text) + 1).to_bytes(4, "little")
    data = (text + "\0").encode("utf-16-le")
    return count + bytes(4) + count + data + bytes(-len(data) % 4)


def parse_answer(message: bytes, command: int) -> SmbReply:
    """Return a response to a command; raises Malformed for anything else, SMB 1 included."""
    if len(message) < HEADER_BYTES or message[:4] != b"\xfeSMB" or not message[16] & 1:
        raise Malformed("not a response of SMB 2")
    if int.from_bytes(message[12:14], "little") != command:
        raise Malformed("a response to another command")
    status = int.from_bytes(message[8:12], "little")
    return SmbReply(command, status, message[36:40], message[40:48], message[64:])


def parse_negotiated(body: bytes) -> tuple[int, bool]:
    """Return (dialect, whether it demands signatures); raises Malformed."""
    if len(body) < 64 or body[:2] != b"A\0":
        raise Malformed("not an agreement on a dialect")
    return int.from_bytes(body[4:6], "little"), bool(body[2] & 2)


def parse_target(body: bytes) -> dict[str, str]:
    """Return the names in NTLM's challenge, by kind; raises Malformed when there is none."""
    start = body.find(_NTLMSSP + b"\2\0\0\0")
    if start < 0 or len(body) < start + 48:
        raise Malformed("no challenge of NTLM")
    length = int.from_bytes(body[start + 40 : start + 42], "little")
    place = start + int.from_bytes(body[start + 44 : start + 48], "little")
    end = place + length
    kinds = {1: "computer", 2: "domain", 3: "dns_computer", 4: "dns_domain"}
    found: dict[str, str] = {}
    while place + 4 <= min(end, len(body)):
        kind, size = (
            int.from_bytes(body[place : place + 2], "little"),
            int.from_bytes(body[place + 2 : place + 4], "little"),
        )
        if not kind or place + 4 + size > len(body):
            break
        if kind in kinds:
            found[kinds[kind]] = body[place + 4 : place + 4 + size].decode("utf-16-le", "replace")
        place += 4 + size
    return found


def parse_pipe_data(body: bytes) -> bytes:
    """Return what came over a pipe; raises Malformed."""
    start = int.from_bytes(body[32:36], "little") - HEADER_BYTES
    size = int.from_bytes(body[36:40], "little")
    if len(body) < 48 or start < 48 or start + size > len(body):
        raise Malformed("not an answer of a pipe")
    return body[start : start + size]


def parse_shares(data: bytes) -> list[tuple[str, int]]:
    """Return (name, type) of each share in the answer to NetrShareEnum; raises Malformed.

    Of a list in several fragments the names in the first (MS-RPCE section 2.2.2.5).
    """
    reader = _Ndr(data, 24)
    if len(data) < 24 or data[2] != 2 or reader.number() != 1 or reader.number() != 1:
        raise Malformed("not a list of shares")
    if not reader.number() or (count := reader.number()) > 2_000:
        raise Malformed("no list, or one too long")
    if not reader.number():
        return []
    if reader.number() != count:
        raise Malformed("a list of shares with two lengths")
    rows = [(reader.number(), reader.number(), reader.number()) for _ in range(count)]
    found: list[tuple[str, int]] = []
    try:
        for name, kind, comment in rows:
            found.append((reader.text() if name else "", kind))
            if comment:
                reader.text()
    except Malformed:
        if is_last(data) or not found:
            raise
    return found


def is_last(data: bytes) -> bool:
    """Tell whether an answer of RPC has no further fragment."""
    return len(data) > 3 and bool(data[3] & 2)


class _Ndr:
    """Takes values of NDR from bytes, each at a multiple of four."""

    def __init__(self, data: bytes, place: int) -> None:
        self._data = data
        self._place = place

    def number(self) -> int:
        self._place += -self._place % 4
        end = self._place + 4
        if end > len(self._data):
            raise Malformed("an answer that ends too early")
        value = int.from_bytes(self._data[self._place : end], "little")
        self._place = end
        return value

    def text(self) -> str:
        self.number()
        self.number()
        size = 2 * self.number()
        end = self._place + size
        if end > len(self._data):
            raise Malformed("a text longer than its answer")
        text = self._data[self._place : end].decode("utf-16-le", "replace")
        self._place = end
        return text.rstrip("\0")
