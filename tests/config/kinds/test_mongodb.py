# ruff: noqa: E501 - one row of the table is one line
"""mongod.conf in both of its notations."""

import pytest

from tests.config.kinds.doors import doors, from_command

TABLE = [
    ("net:\n  port: 27018\n  bindIp: 0.0.0.0\n", [("0.0.0.0:27018/tcp", "open", 3)]),
    ("net:\n  bindIp: 127.0.0.1,10.0.0.5\nsecurity:\n  authorization: enabled\n", [("127.0.0.1:27017/tcp", "closed", 2), ("10.0.0.5:27017/tcp", "closed", 2)]),
    ("net:\n  bindIpAll: true\nsecurity:\n  authorization: disabled\n", [("0.0.0.0:27017/tcp", "open", 2)]),
    ("net: {bindIp: '*', port: 1}\nsecurity: {keyFile: /etc/key}\n", [("0.0.0.0:1/tcp", "closed", 1)]),
    ("bind_ip = 0.0.0.0\nport = 27017\n#auth = true\n", [("0.0.0.0:27017/tcp", "open", 1)]),
    ("bind_ip = 0.0.0.0\nauth = true\n", [("0.0.0.0:27017/tcp", "closed", 1)]),
    ("storage:\n  dbPath: /x\n", [("127.0.0.1:27017/tcp", "open", None)]),
    ("net: {bindIp: 10.0.0.5}\nsecurity: {keyFile: null}\n", [("10.0.0.5:27017/tcp", "open", 1)]),
    ("net: {bindIp: '::'}\nsecurity: {keyFile: /etc/key, transitionToAuth: true}\n", [(":::27017/tcp", "open", 1)]),
    ("net: {bindIp: '/tmp/mongo.sock,10.0.0.5'}\n", [("10.0.0.5:27017/tcp", "open", 1)]),
    ("net: [\n", [("127.0.0.1:27017/tcp", "unknown", None)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_the_doors_that_a_file_opens(text, expected):
    assert doors("mongodb", text) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("/usr/bin/mongod --bind_ip 10.0.0.5 --auth", [("10.0.0.5:27017/tcp", "closed", 2)]),
        (
            "/usr/bin/mongod --bind_ip 10.0.0.5 --keyFile /k --transitionToAuth",
            [("10.0.0.5:27017/tcp", "open", 2)],
        ),
    ],
)
def test_the_doors_that_a_command_opens(command, expected):
    assert from_command(command) == expected
