# ruff: noqa: E501 - one row of the table is one line
"""my.cnf of MySQL and MariaDB: the server's sections alone."""

import pytest

from tests.config.kinds.doors import doors, from_command

TABLE = [
    ("[client]\nport=1\n[mysqld]\nbind_address = 0.0.0.0 # x\n", [("0.0.0.0:3306/tcp", "unknown", 4)]),
    ("[mysqld]\nskip-grant-tables\n", [("0.0.0.0:3306/tcp", "open", None)]),
    ("[mysqld]\nskip_networking\n", []),
    ("[mariadb-10.11]\nbind-address=127.0.0.1\n", [("127.0.0.1:3306/tcp", "unknown", 2)]),
    ("[mysqld]\nskip-grant-tables = OFF\n", [("0.0.0.0:3306/tcp", "unknown", None)]),
    ("[mysqld]\nskip-networking = 0\nbind-address = 10.0.0.5,::1\n", [("10.0.0.5:3306/tcp", "unknown", 3), ("::1:3306/tcp", "unknown", 3)]),
    ("[mysqldump]\nskip-networking\n[mysqld]\nport = 3307\n", [("0.0.0.0:3307/tcp", "unknown", None)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_the_doors_that_a_file_opens(text, expected):
    assert doors("mysql", text) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("/usr/sbin/mysqld --bind_address=10.0.0.5 --skip-grant-tables", [("10.0.0.5:3306/tcp", "open", 2)]),
        ("/usr/sbin/mysqld --skip_networking", []),
    ],
)
def test_the_doors_that_a_command_opens(command, expected):
    assert from_command(command) == expected
