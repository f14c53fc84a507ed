# ruff: noqa: E501 - one row of the table is one line
"""The tutorial's line, in a unit and in a drop-in that clears the first."""

import pytest

from tests.config.kinds.doors import ALL, doors

TABLE = [
    ("[Service]\nExecStart=/usr/bin/dockerd -H fd:// -H tcp://0.0.0.0:2375\n", [("0.0.0.0:2375/tcp", "open", 2)]),
    ("[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H fd:// \\\n  --containerd=/run/c.sock \\\n  # a comment\n  -H tcp://0.0.0.0:2375\n", [("0.0.0.0:2375/tcp", "open", 6)]),
    ("[Service]\nExecStart=/usr/bin/dockerd -H tcp://0.0.0.0:2375\nExecStart=\n", []),
    ("[Service]\nExecStart=-/usr/bin/dockerd --host=tcp://0.0.0.0:2376 --tlsverify --tlscacert=/c\n", [("0.0.0.0:2376/tcp", "closed", 2)]),
    ("[Service]\nExecStart=/usr/bin/memcached -m64 -l0.0.0.0 -p 11311\n", [("0.0.0.0:11311/tcp", "open", 2)]),
    ("[Service]\nExecStart=/usr/bin/redis-server --bind 0.0.0.0 -::1 --protected-mode no\n", [("0.0.0.0:6379/tcp", "open", 2), ("::1:6379/tcp", "open", 2)]),
    ("[Service]\nExecStart=/usr/bin/mongod --bind_ip_all --port 27019\n", [("0.0.0.0:27019/tcp", "open", 2)]),
    ("[Service]\nExecStart=/usr/bin/etcd --listen-client-urls=http://0.0.0.0:2379\n", [("0.0.0.0:2379/tcp", "open", 2)]),
    ("[Service]\nExecStart=/usr/sbin/nginx -g 'daemon off;'\n", []),
    ("[Service]\nExecStart=/usr/bin/dockerd -H 0.0.0.0:2399\n", [("0.0.0.0:2399/tcp", "open", 2)]),
    ("[Unit]\nExecStart=/usr/bin/dockerd -H tcp://0.0.0.0:2375\n", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_the_doors_that_a_file_opens(text, expected):
    assert doors("systemd-unit", text) == expected


@pytest.mark.parametrize(
    ("command", "instead"),
    [
        ("/usr/bin/dockerd -H fd:// -H tcp://0.0.0.0:2375 --x", "/usr/bin/dockerd -H fd:// --x"),
        ("/usr/bin/dockerd --host=tcp://0.0.0.0:2375", "/usr/bin/dockerd"),
    ],
)
def test_the_line_as_it_should_be(command, instead):
    unit = ALL["systemd-unit"]
    (door,) = unit.doors(unit.read(f"[Service]\nExecStart={command}", "conf"))
    assert door.instead[0] == f"ExecStart={instead}"


def test_what_is_no_setting_is_said_with_its_line():
    settings = ALL["systemd-unit"].read("[Service]\n; a comment\nExecStart\n", "x.service")
    assert [unread.anchor.line for unread in settings.unread] == [3]


def test_a_continued_value_keeps_its_lines():
    (entry,) = ALL["systemd-unit"].read("[Service]\nExecStart=a \\\n# between\n b\n", "x.service")
    assert (entry.name, entry.value, entry.anchor.line) == ("Service.ExecStart", "a \n\nb", 2)
