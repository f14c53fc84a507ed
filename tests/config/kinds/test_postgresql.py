# ruff: noqa: E501 - one row of the table is one line
"""postgresql.conf, judged with pg_hba.conf beside it."""

import pytest

from tests.config.kinds.doors import doors

TABLE = [
    ("listen_addresses = '*'  # all\nport = 5433\n", "", [("0.0.0.0:5433/tcp", "unknown", 1)]),
    ("listen_addresses '*'\n", "host all all 0.0.0.0/0 trust\n", [("0.0.0.0:5432/tcp", "open", 1)]),
    ("listen_addresses='localhost,10.0.0.5'\n", "local all all trust\nhost all all 127.0.0.1/32 trust\nhost all all ::1/128 trust\nhost all all all scram-sha-256\n", [("127.0.0.1:5432/tcp", "closed", 1), ("10.0.0.5:5432/tcp", "closed", 1)]),
    ("listen_addresses = '*'\n", "host all all 10.0.0.0 255.0.0.0 trust\n", [("0.0.0.0:5432/tcp", "open", 1)]),
    ("listen_addresses = '*'\n", "host all all samehost trust\n", [("0.0.0.0:5432/tcp", "closed", 1)]),
    ("listen_addresses = '*'\n", "host all all all trust\n", [("0.0.0.0:5432/tcp", "open", 1)]),
    ("listen_addresses = ''\n", "", []),
    ("listen_addresses = '*'\n", 'host "my db" "my user" 0.0.0.0/0 trust\n', [("0.0.0.0:5432/tcp", "open", 1)]),
    ("listen_addresses = '*'\n", "host all alice, bob, carol 0.0.0.0/0 trust\n", [("0.0.0.0:5432/tcp", "open", 1)]),
    ("listen_addresses = '*'\n", "host all \\\n  all 0.0.0.0/0 trust\n", [("0.0.0.0:5432/tcp", "open", 1)]),
    ("listen_addresses = '*'\n", "host all all ::1 :: trust\n", [("0.0.0.0:5432/tcp", "open", 1)]),
    ("listen_addresses = '*'\n", "host all all 127.0.0.1 255.255.255.255 trust\n", [("0.0.0.0:5432/tcp", "closed", 1)]),
    ("listen_addresses = '*'\n", "host all all 127.0.0.1 0.0.0.0 trust\n", [("0.0.0.0:5432/tcp", "open", 1)]),
    ("listen_addresses = '*'\n", "host all all samenet trust\n", [("0.0.0.0:5432/tcp", "open", 1)]),
    ("listen_addresses = '*'\n", "host all all 10.0.0.0/8 ident map=x\n", [("0.0.0.0:5432/tcp", "unknown", 1)]),
    ("listen_addresses = '*'\n", "include more.conf\nhost all all 10.0.0.0/8 md5\n", [("0.0.0.0:5432/tcp", "unknown", 1)]),
    ("listen_addresses = '*'\n", "include more.conf\nhost all all 10.0.0.0/8 trust\n", [("0.0.0.0:5432/tcp", "open", 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "beside", "expected"), TABLE)
def test_the_doors_that_a_file_opens(text, beside, expected):
    assert doors("postgresql", text, beside) == expected
