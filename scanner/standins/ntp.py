"""NTP servers; the answers follow RFC 5905, RFC 9327 and www.ntp.org/support/securitynotice."""

from scanner.standins.standin import Reply, StandIn

_SOURCE = "https://www.rfc-editor.org/rfc/rfc9327"
_VARIABLES = (
    b'version="ntpd 4.2.6p5@1.2349-o", processor="x86_64", system="Linux/3.10.0", leap=0, stratum=3, refid=10.0.0.1'
)
_CLIENTS = 6
_ENTRY_BYTES = 72


def _time(question: bytes) -> bytes:
    """Answer a client: the timestamp that it sent comes back as the originate timestamp."""
    return b"\x24\x03\x06\xe9" + bytes(20) + question[40:48] + bytes(16)


def _server(*, talkative: bool) -> Reply:
    def reply(question: bytes) -> bytes | None:
        mode = question[0] & 7 if question else 0
        if mode == 3 and len(question) >= 48:
            return _time(question)
        if mode == 6 and talkative and len(question) >= 12:
            return question[:1] + b"\x82" + question[2:4] + bytes(6) + len(_VARIABLES).to_bytes(2, "big") + _VARIABLES
        if mode == 7 and talkative and question[3:4] == b"\x2a":
            entries = _CLIENTS.to_bytes(2, "big") + _ENTRY_BYTES.to_bytes(2, "big")
            return b"\x97\0\x03\x2a" + entries + bytes(_CLIENTS * _ENTRY_BYTES)
        return None

    return reply


STAND_INS = (
    StandIn(
        service="ntp",
        case="open",
        title="an old ntpd that answers every question",
        port=123,
        reply=_server(talkative=True),
        source=_SOURCE,
    ),
    StandIn(
        service="ntp",
        case="protected",
        title="an ntpd that tells the time and nothing else",
        port=123,
        reply=_server(talkative=False),
        source=_SOURCE,
    ),
)
