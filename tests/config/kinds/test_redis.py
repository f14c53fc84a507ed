"""redis.conf of 7.2: protected mode refuses others while the default user needs no password."""

import pytest

from tests.config.kinds.doors import doors

TABLE = [
    ("", [("0.0.0.0:6379/tcp", "closed", None)]),
    ("# x\nbind 0.0.0.0\nprotected-mode no\n", [("0.0.0.0:6379/tcp", "open", 2)]),
    ("BIND 0.0.0.0\nProtected-Mode no\nrequirepass \"a b\"\n", [("0.0.0.0:6379/tcp", "closed", 1)]),
    ("bind 0.0.0.0\nrequirepass ''\n", [("0.0.0.0:6379/tcp", "unknown", 1)]),
    ("bind 0.0.0.0\nprotected-mode no\nrequirepass x\nrequirepass \"\"\n", [("0.0.0.0:6379/tcp", "open", 1)]),
    ("bind 127.0.0.1 -::1\nport 7000\n", [("127.0.0.1:7000/tcp", "unknown", 1), ("::1:7000/tcp", "unknown", 1)]),
    ("bind * -::*\nprotected-mode no\n", [("0.0.0.0:6379/tcp", "open", 1), (":::6379/tcp", "open", 1)]),
    ("protected-mode no\nuser default off\n", [("0.0.0.0:6379/tcp", "closed", None)]),
    ("protected-mode no\nuser default on nopass ~* +@all\n", [("0.0.0.0:6379/tcp", "open", None)]),
    ("protected-mode no\naclfile /etc/redis/users.acl\n", [("0.0.0.0:6379/tcp", "unknown", None)]),
    ("protected-mode no\ninclude /etc/redis/local.conf\n", [("0.0.0.0:6379/tcp", "unknown", None)]),
    ("port 0\ntls-port 6379\nprotected-mode no\n", [("0.0.0.0:6379/tcp", "closed", None)]),
    ("port 0\ntls-port 6379\ntls-auth-clients no\nprotected-mode no\n", [("0.0.0.0:6379/tcp", "open", None)]),
    ("protected-mode no\nuser default on >secret nopass\n", [("0.0.0.0:6379/tcp", "open", None)]),
    ("protected-mode no\nuser other on >secret\n", [("0.0.0.0:6379/tcp", "open", None)]),
    ("protected-mode no\nuser default on #5f\n", [("0.0.0.0:6379/tcp", "closed", None)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_the_doors_that_a_file_opens(text, expected):
    assert doors("redis", text) == expected
