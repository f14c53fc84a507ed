# ruff: noqa: E501 - one row of the table is one line
"""The incident's own line, and what dockerd listens on where no scheme or no address is written (dockerd 20.10)."""

import pytest

from tests.config.kinds.doors import ALL, doors

TABLE = [
    ('{\n\t"hosts": [\n\t\t"unix:///var/run/docker.sock",\n\t\t"tcp://0.0.0.0:2375"\n\t]\n}', [("0.0.0.0:2375/tcp", "open", 4)]),
    ('{"hosts": ["tcp://0.0.0.0"], "tlsverify": true}', [("0.0.0.0:2376/tcp", "closed", 1)]),
    ('{"hosts": ["tcp://[::]:2375"], "tls": true}', [(":::2375/tcp", "open", 1)]),
    ('{"hosts": ["fd://"]}', []),
    ('{"hosts": ["0.0.0.0:2399"]}', [("0.0.0.0:2399/tcp", "open", 1)]),
    ('{"hosts": ["tcp://:2398"]}', [("127.0.0.1:2398/tcp", "open", 1)]),
    ('{"hosts": ["tcp://"]}', [("127.0.0.1:2375/tcp", "open", 1)]),
    ('{"hosts": ["tcp://0.0.0.0"], "tls": true}', [("0.0.0.0:2376/tcp", "open", 1)]),
    ('{"hosts": ["unix:///run/docker.sock", "npipe://", ""]}', []),
    ('{"hosts": ["tcp://0.0.0.0:1"], "tlsverify": false}', [("0.0.0.0:1/tcp", "open", 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_the_doors_that_a_file_opens(text, expected):
    assert doors("docker-daemon", text) == expected


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ('{"hosts": ["fd://", "tcp://0.0.0.0:2375"]}', '{"hosts": ["fd://"]}'),
        ('{"hosts": ["tcp://0.0.0.0:2375", "fd://"]}', '{"hosts": ["fd://"]}'),
    ],
)
def test_the_line_as_it_should_be(text, instead):
    (door,) = ALL["docker-daemon"].doors(ALL["docker-daemon"].read(text, "conf"))
    assert door.instead[0] == instead
