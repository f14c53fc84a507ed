from pathlib import Path

import pytest

from scanner.core.errors import UsageError
from scanner.core.guard import Guard
from scanner.core.problem import ProblemKind
from scanner.lint.prediction import LintReach
from scanner.lint.reader import Source
from scanner.lint.readers.configuration import READER

OPEN = "bind 0.0.0.0\nprotected-mode no\n"


def source(text, path="redis.conf", root=None):
    place = Path(path) if root is None else root / path
    return Source(path=place, text=text, shown=path, root=root or Path(), environment={})


def read(text, path="redis.conf", root=None):
    return READER.read(source(text, path, root))


@pytest.mark.parametrize(
    ("path", "fits"),
    [
        ("redis.conf", True),
        ("etc/docker/daemon.json", True),
        ("docker.service", True),
        ("notes.txt", False),
        # A door that asks for a login, always; and a file that says nothing without its own.
        ("sshd_config", False),
        ("pg_hba.conf", False),
    ],
)
def test_a_file_is_told_by_its_name(path, fits):
    assert READER.fits(path, "") is fits


def test_an_open_door_is_told_with_the_line_that_opens_it():
    (one,) = read("port 7000\n" + OPEN).predictions
    assert (one.service, one.address, one.port, one.guard) == ("redis", "0.0.0.0", 7000, Guard.OPEN)
    assert (one.reach, one.name) == (LintReach.INTERFACE, "Redis and Valkey (redis.conf)")
    assert (one.anchor.file, one.anchor.line in {2, 3}) == ("redis.conf", True)


@pytest.mark.parametrize(
    ("text", "guards"),
    [
        ("bind 127.0.0.1\nprotected-mode no\n", []),
        ("bind 127.0.0.1 10.0.0.5\nprotected-mode no\n", [Guard.OPEN]),
        ("bind 0.0.0.0\nprotected-mode no\nport 0\n", []),
        ("bind 0.0.0.0\nrequirepass x\n", [Guard.CLOSED]),
        ("", [Guard.CLOSED]),
    ],
)
def test_what_only_this_machine_reaches_is_no_door(text, guards):
    assert [one.guard for one in read(text).predictions] == guards


def test_a_door_of_the_default_is_told_on_the_first_line():
    (one,) = read("", "redis.conf").predictions
    assert one.anchor.line == 1


def test_what_stands_beside_a_file_counts_inside_the_tree_alone(tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    text = "listen_addresses = '*'\n"
    (tree / "pg_hba.conf").write_text("host all all 0.0.0.0/0 trust\n")
    (one,) = read(text, "postgresql.conf", tree).predictions
    assert (one.guard, Path(one.anchor.file).name) == (Guard.OPEN, "pg_hba.conf")
    (tree / "pg_hba.conf").unlink()
    (tmp_path / "pg_hba.conf").write_text("host all all 0.0.0.0/0 trust\n")
    (tree / "pg_hba.conf").symlink_to(tmp_path / "pg_hba.conf")
    assert [one.guard for one in read(text, "postgresql.conf", tree).predictions] != [Guard.OPEN]


def test_what_can_not_be_understood_is_said_twenty_times_at_most():
    units = read("x\n" * 50 + "[Service]\nExecStart=/bin/true\n", "a.service")
    assert {one.kind for one in units.problems} == {ProblemKind.LINT_UNTOLD}
    assert len(units.problems) == 20
    assert units.problems[0].where == "a.service:1"


@pytest.mark.parametrize(
    ("text", "path"),
    [("network.host: 0.0.0.0\n\x1b", "elasticsearch.yml"), ("network: [", "elasticsearch.yml"), ("{", "daemon.json")],
)
def test_a_file_of_which_nothing_could_be_read_is_not_one_without_a_door(text, path):
    with pytest.raises(UsageError, match="is not YAML"):
        read(text, path)


def test_a_file_of_no_kind_says_nothing():
    made = read(OPEN, "notes.txt")
    assert (made.predictions, made.problems) == ([], [])
