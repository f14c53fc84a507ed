import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.probes.labels import label, quote


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00", "http2"),
        (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "ssh"),
        (b"SSH-1.99-Cisco-1.25\r\n", "ssh"),
        (b"220 mail.example ESMTP Postfix\r\n", "smtp"),
        (b"220-mail.example ESMTP Exim 4.96\r\n", "smtp"),
        (b"220 (vsFTPd 3.0.3)\r\n", "ftp"),
        (b"220 ProFTPD Server ready.\r\n", "ftp"),
        (b"+OK Dovecot ready.\r\n", "pop3"),
        (b"* OK [CAPABILITY IMAP4rev1] ready\r\n", "imap"),
        (b"* BYE too many connections\r\n", "imap"),
        (b"200 news.example InterNetNews NNRP server\r\n", "nntp"),
        (b"RFB 003.008\n", "vnc"),
        (b"\xff\xfd\x18", "telnet"),
        (b"\x4a\x00\x00\x00\x0a8.0.36\x00", "mysql"),
        (b"\x45\x00\x00\x00\xff\x6a\x04Host is not allowed", "mysql"),
        (b":irc.example NOTICE * :*** Looking up your hostname", "irc"),
        (b"OK MPD 0.23.5\n", "mpd"),
        (b"RTSP/1.0 400 Bad Request\r\n", "rtsp"),
        (b"SIP/2.0 400 Bad Request\r\n", "sip"),
        (b"AMQP\x00\x00\x09\x01", "amqp"),
        (b"\x00\x00\x00\x12\x00\x00\x00\x01E_BAD_PROTOCOL", "nsqd"),
    ],
)
def test_a_greeting_names_its_protocol(said, name):
    assert label(said) == name


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"SSH-",
        b"220 ready\r\n",  # SMTP, FTP and others begin so: none is named
        b"220 hello\r\nESMTP on the next line",  # the greeting is its first line
        b"200 OK\r\n",
        b"RFB 003.008",  # not whole yet
        b"HTTP/1.1 200 OK\r\n\r\nSSH-2.0-in-a-page",  # only what comes first introduces
        b"\x00\x00\x12\x04\x02\x00\x00\x00\x00",
        b"+OK",
    ],
)
def test_what_could_be_anything_is_given_no_name(said):
    assert label(said) is None


@given(st.binary(max_size=300))
def test_no_bytes_break_it_and_a_quote_is_one_clean_line(said):
    label(said)
    shown = quote(said)
    assert len(shown) <= 100
    assert shown.isprintable()


def test_a_quote_is_the_first_line_that_says_something():
    assert quote(b"\r\n\r\n220 ready\r\nsecond") == "220 ready"
    assert quote(b"a" * 300, limit=10).startswith("aaaaaaa")
    assert len(quote(b"a" * 300, limit=10)) <= 10
