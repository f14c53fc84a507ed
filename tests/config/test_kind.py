"""Kinds are found, files are told apart by their names, and no text whatever makes a reader fail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.config.kind import kind_of_file, kind_of_program, load_kinds


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/etc/redis/redis.conf", "redis"),
        ("conf/valkey.conf", "redis"),
        ("/etc/docker/daemon.json", "docker-daemon"),
        ("deploy/docker.service.d/override.conf", "systemd-unit"),
        ("/etc/postgresql/15/main/pg_hba.conf", "pg-hba"),
        ("/etc/postgresql/15/main/postgresql.conf", "postgresql"),
        ("/etc/default/etcd", "etcd"),
        ("/etc/mosquitto/conf.d/local.conf", "mosquitto"),
        ("/etc/mysql/mariadb.conf.d/50-server.cnf", "mysql"),
        ("/etc/ssh/sshd_config", "sshd"),
        ("/etc/nginx/nginx.conf", None),
    ],
)
def test_the_kind_of_a_file_follows_from_its_path(path, kind):
    found = kind_of_file(path)
    assert (found and found.id) == kind


def test_the_kind_of_a_program_follows_from_its_executable():
    assert kind_of_program(("/usr/bin/dockerd", "-H", "fd://")).id == "docker-daemon"
    assert kind_of_program(()) is None


PIECES = st.sampled_from(
    ["bind", "port", "hosts", '"', "'", "[Service]", "ExecStart=", "\\\n",
     "\n", " ", "=", ":", "{", "}", "- ", "0.0.0.0",
     "tcp://", "&a", "*a", "host all all", "trust", "-l", "--", "listener", "\t", "\ufeff", "\x00", "net:\n  bindIp: "]
)  # fmt: skip


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=40).map("".join)))
def test_no_text_makes_a_reader_fail(text):
    for kind in load_kinds():
        settings = kind.read(text, "file")
        for entry in settings:
            assert 0 < entry.anchor.line <= text.count("\n") + 1
        kind.doors(settings)
        if kind.arguments is not None:
            kind.doors(kind.arguments(settings))
