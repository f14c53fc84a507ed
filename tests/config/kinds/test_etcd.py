# ruff: noqa: E501 - one row of the table is one line
"""etcd's three notations: YAML, variables, options."""

import pytest

from tests.config.kinds.doors import doors, from_command

TABLE = [
    ("listen-client-urls: http://0.0.0.0:2379,http://127.0.0.1:4001\n", [("0.0.0.0:2379/tcp", "open", 1), ("127.0.0.1:4001/tcp", "open", 1)]),
    ('ETCD_LISTEN_CLIENT_URLS="https://10.0.0.5:2379"\nETCD_CLIENT_CERT_AUTH="true"\n', [("10.0.0.5:2379/tcp", "closed", 1)]),
    ("name: a\n", [("127.0.0.1:2379/tcp", "open", None)]),
    ("listen-client-urls: https://10.0.0.5:2379\nclient-transport-security: {client-cert-auth: true}\n", [("10.0.0.5:2379/tcp", "closed", 1)]),
    ("listen-client-urls: http://10.0.0.5:2379\nclient-transport-security: {client-cert-auth: true}\n", [("10.0.0.5:2379/tcp", "open", 1)]),
    ('ETCD_LISTEN_CLIENT_URLS="https://10.0.0.5:2379"\nETCD_CLIENT_CERT_AUTH="false"\n', [("10.0.0.5:2379/tcp", "open", 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_the_doors_that_a_file_opens(text, expected):
    assert doors("etcd", text) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("/usr/bin/etcd -listen-client-urls http://10.0.0.5:1", [("10.0.0.5:1/tcp", "open", 2)]),
        (
            "/usr/bin/etcd --listen-client-urls=https://10.0.0.5:1 --client-cert-auth",
            [("10.0.0.5:1/tcp", "closed", 2)],
        ),
    ],
)
def test_the_doors_that_a_command_opens(command, expected):
    assert from_command(command) == expected
