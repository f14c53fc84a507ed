# ruff: noqa: E501 - one row of the table is one line
"""memcached 1.6: without -l it listens everywhere."""

import pytest

from tests.config.kinds.doors import doors, from_command

TABLE = [
    ("-m 64\n-p 11211\n-u memcache\n-l 127.0.0.1\n", [("127.0.0.1:11211/tcp", "open", 4)]),
    ("-U 11211\n", [("0.0.0.0:11211/tcp", "open", None), ("0.0.0.0:11211/udp", "open", None)]),
    ("-l 10.0.0.5:11212,127.0.0.1\n-S\n", [("10.0.0.5:11212/tcp", "closed", 1), ("127.0.0.1:11211/tcp", "closed", 1)]),
    ('PORT="11211"\nOPTIONS="-l 0.0.0.0 -U 0"\n', [("0.0.0.0:11211/tcp", "open", 2)]),
    ("-s /run/memcached.sock\n", []),
    ("-U 11311\n-l 127.0.0.1\n", [("127.0.0.1:11311/tcp", "open", 2), ("127.0.0.1:11311/udp", "open", 2)]),
    ("-U 11311\n-p 11212\n", [("0.0.0.0:11212/tcp", "open", None), ("0.0.0.0:11311/udp", "open", None)]),
    ('PORT="11311"\nOPTIONS=""\n', [("0.0.0.0:11311/tcp", "open", None)]),
    ("--listen=10.0.0.5\n--port=1\n--auth-file=/x\n-U 2", [("10.0.0.5:1/tcp", "closed", 1), ("10.0.0.5:2/udp", "open", 1)]),
    ("-p 0\n", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_the_doors_that_a_file_opens(text, expected):
    assert doors("memcached", text) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("/usr/bin/memcached --listen=10.0.0.5 --enable-sasl", [("10.0.0.5:11211/tcp", "closed", 2)]),
        ("/usr/bin/memcached -s /run/x", []),
    ],
)
def test_the_doors_that_a_command_opens(command, expected):
    assert from_command(command) == expected
