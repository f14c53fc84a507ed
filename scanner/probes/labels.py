"""Protocols that introduce themselves and need no probe to be named."""

import re

from scanner.core.text import clean

HTTP2 = "http2"
"""Ports that speak HTTP/2 alone: the server's first frame is its settings, or a farewell (RFC 9113 section 3.4)."""
# (service, what its greeting looks like); the documents are RFC 4253, 5321, 959, 1939, 9051, 6143, 854, 8322, 3977.
_GREETINGS = (
    (HTTP2, rb"\x00\x00[\x00-\x78](?:\x04[\x00\x01]|\x07\x00)\x00\x00\x00\x00"),
    ("ssh", rb"SSH-[12]\.\d"),
    ("smtp", rb"220[ -][^\r\n]*\b(?:E?SMTP|Postfix|Exim|sendmail)"),
    ("ftp", rb"220[ -][^\r\n]*\b(?:FTP|vsFTPd|ProFTPD|FileZilla|Pure-FTPd)"),
    ("pop3", rb"\+OK [^\r\n]*(?:POP3|ready|Dovecot)"),
    ("imap", rb"\* (?:OK|PREAUTH|BYE) "),
    ("nntp", rb"20[01] [^\r\n]*(?:NNTP|InterNetNews|news)"),
    ("vnc", rb"RFB \d{3}\.\d{3}\n"),
    ("telnet", rb"\xff[\xfb-\xfe]."),
    ("mysql", rb"[\x20-\xff]\x00\x00\x00(?:\x0a[\d.]+|\xff..)"),
    ("irc", rb"(?::\S+ )?NOTICE "),
    ("mpd", rb"OK MPD \d"),
    ("rtsp", rb"RTSP/1\.0 "),
    ("sip", rb"SIP/2\.0 "),
    # Its frame of type 1, error: what it says to a word that is not its own (nsqio/nsq, nsqd/tcp.go).
    ("nsqd", rb"\x00\x00\x00.\x00\x00\x00\x01E_BAD_PROTOCOL"),
    ("amqp", rb"AMQP[\x00\x01]"),
)
_COMPILED = tuple((service, re.compile(pattern, re.IGNORECASE | re.DOTALL)) for service, pattern in _GREETINGS)


def label(said: bytes) -> str | None:
    """Return the name of the protocol whose greeting this is, or None."""
    return next((service for service, pattern in _COMPILED if pattern.match(said)), None)


def quote(said: bytes, limit: int = 100) -> str:
    """Return the first line of a greeting, clean, for a note."""
    return clean(said.lstrip(b"\r\n").partition(b"\n")[0].rstrip(b"\r"), limit)
