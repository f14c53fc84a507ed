"""Files that a configuration takes in, and those that lie beside it."""

import pytest

from scanner.config.kind import load_kinds
from scanner.core.guard import Guard
from scanner.host.reading.config_files import read_config
from scanner.host.reading.files import Files

KINDS = {kind.id: kind for kind in load_kinds()}


def doors(root, kind, path, texts):
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    found = KINDS[kind].doors(read_config(Files(root), KINDS[kind], root / path))
    return [(door.address, door.port, door.guard, door.opened_by and door.opened_by.place) for door in found]


OPEN = "bind 0.0.0.0\nprotected-mode no\n"


@pytest.mark.parametrize(
    ("kind", "path", "texts", "found"),
    [
        (
            "redis",
            "r.conf",
            {"r.conf": "port 1\ninclude /n/net.conf\n", "n/net.conf": OPEN},
            [("0.0.0.0", 1, Guard.OPEN, "/n/net.conf:1")],
        ),
        (
            "redis",
            "d/r.conf",
            {"d/r.conf": f"{OPEN}include n/*.conf\n", "d/n/a.conf": "port 2\n", "d/n/b.conf": "requirepass x\n"},
            [("0.0.0.0", 2, Guard.CLOSED, "/d/r.conf:1")],
        ),
        # What can't be read may set a password.
        (
            "redis",
            "r.conf",
            {"r.conf": f"{OPEN}include /none.conf\n"},
            [("0.0.0.0", 6379, Guard.UNKNOWN, "/r.conf:1")],
        ),
        (
            "redis",
            "r.conf",
            {"r.conf": f"{OPEN}include /r.conf\n"},
            [("0.0.0.0", 6379, Guard.UNKNOWN, "/r.conf:1")],
        ),
        (
            "postgresql",
            "p/postgresql.conf",
            {
                "p/postgresql.conf": "include_dir = 'conf.d'\nport = 3\n",
                "p/conf.d/a.conf": "listen_addresses = '*'\n",
                "p/pg_hba.conf": "host all all all trust\n",
            },
            [("0.0.0.0", 3, Guard.OPEN, "/p/conf.d/a.conf:1")],
        ),
        (
            "postgresql",
            "etc/postgresql.conf",
            {
                "etc/postgresql.conf": "data_directory = '/data'\nlisten_addresses = 'localhost'\n",
                "data/postgresql.auto.conf": "listen_addresses = '0.0.0.0'\n",
            },
            [("0.0.0.0", 5432, Guard.UNKNOWN, "/data/postgresql.auto.conf:1")],
        ),
        (
            "mysql",
            "my.cnf",
            {
                "my.cnf": "[mysqld]\nport=4\n!includedir /c.d/\n",
                "c.d/n.cnf": "[mysqld]\nbind-address = 0.0.0.0\nskip-grant-tables\n",
            },
            [("0.0.0.0", 4, Guard.OPEN, "/c.d/n.cnf:2")],
        ),
        (
            "mosquitto",
            "m.conf",
            {"m.conf": "include_dir /m.d\n", "m.d/a.conf": "listener 5 0.0.0.0\nallow_anonymous true\n"},
            [("0.0.0.0", 5, Guard.OPEN, "/m.d/a.conf:1")],
        ),
    ],
)
def test_what_a_file_takes_in_counts_where_it_stands(tmp_path, kind, path, texts, found):
    assert doors(tmp_path, kind, path, texts) == found


def test_a_file_that_is_not_there_says_nothing(tmp_path):
    assert not tuple(read_config(Files(tmp_path), KINDS["redis"], tmp_path / "none"))
