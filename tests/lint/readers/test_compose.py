"""Compose files as lint reads them; how a project is put together stands in tests/targets/compose."""

from pathlib import Path

import pytest

from scanner.core.guard import Guard
from scanner.core.problem import ProblemKind
from scanner.lint.prediction import LintReach
from scanner.lint.reader import Source
from scanner.lint.readers.compose import READER, read_together

FILE = "services:\n  a:\n    image: redis/redis-stack-server:7.2.0\n    ports: [{port}]\n    {more}\n"

NAMED = "command: redis-server /etc/redis.conf\n    {}"


@pytest.fixture
def read(tmp_path):
    def read(text, environment=None, **beside):
        for name, content in beside.items():
            (tmp_path / name).write_text(content)
        path = tmp_path / "compose.yaml"
        path.write_text(text)
        return READER.read(Source(path=path, text=text, shown=str(path), root=tmp_path, environment=environment or {}))

    return read


def file(port="'6379:6379'", more=""):
    return FILE.format(port=port, more=more)


@pytest.mark.parametrize(
    ("path", "text", "fits"),
    [
        ("a.yaml", "services:\n" + "\n" * 1_000_000, False),
        ("compose.yaml", "services: {}\n", True),
        ("a/docker-compose.prod.yml", "include: [b]\n", True),
        ("stack.yml", "services:\n  a:\n    image: x\n", True),
        ("stack.yml", "services:\n  a: b\n", False),
        ("compose.yaml", "a: b\n", False),
        # Read with the file that it belongs to.
        ("compose.override.yaml", "services:\n  a:\n    image: x\n", False),
        ("docker-compose.override.yml", "services:\n  a:\n    image: x\n", False),
    ],
)
def test_a_compose_file_is_told_by_its_name_or_shape(path, text, fits):
    assert READER.fits(path, text) is fits


@pytest.mark.parametrize(
    ("port", "doors"),
    [
        ("'6379:6379'", [("0.0.0.0", 6379, LintReach.WILDCARD)]),
        ("'7000:6379'", [("0.0.0.0", 7000, LintReach.WILDCARD)]),
        ("'10.0.0.5:7000:6379'", [("10.0.0.5", 7000, LintReach.ADDRESS)]),
        ("'127.0.0.1:6379:6379'", []),
        ("'[::1]:6379:6379'", []),
        ("'6379'", [("0.0.0.0", 6379, LintReach.PICKED)]),
        ("{target: 6379}", [("0.0.0.0", 6379, LintReach.PICKED)]),
        ("'127.0.0.1::6379'", []),
        ("'6379:6379/udp'", []),
        ("'6379:80'", []),
        ("'7000-7002:6378-6380'", [("0.0.0.0", 7001, LintReach.WILDCARD)]),
        ("'1000-1099:6300-6399'", []),
    ],
)
def test_a_port_is_a_door_where_the_image_listens_and_others_reach_it(read, port, doors):
    found = read(file(port)).predictions
    assert [(one.address, one.port, one.reach) for one in found] == doors
    assert all((one.service, one.anchor.line) == ("redis", 4) for one in found)


def test_the_host_s_network_opens_the_home_port(read):
    (one,) = read("services:\n  a:\n    image: redis:7\n    network_mode: host\n").predictions
    assert (one.port, one.reach, one.anchor.line) == (6379, LintReach.HOST_NETWORK, 4)


@pytest.mark.parametrize(
    ("more", "guard"),
    [
        ("", Guard.OPEN),
        ("command: redis-server --requirepass x", Guard.CLOSED),
        ("command: [redis-server, --requirepass, x]", Guard.CLOSED),
        ("command: redis-server --requirepass ${PASSWORD}", Guard.UNKNOWN),
        ("environment: {REDIS_ARGS: --requirepass x}", Guard.CLOSED),
        ("environment: [REDIS_ARGS=--requirepass x]", Guard.CLOSED),
        ("environment: [REDIS_ARGS]", Guard.CLOSED),
        ("environment: [OTHER]", Guard.OPEN),
        ("env_file: there.env", Guard.CLOSED),
        ("env_file: [{path: there.env}]", Guard.CLOSED),
        ("env_file: gone.env", Guard.UNKNOWN),
        ("env_file: broken.env", Guard.UNKNOWN),
        ("env_file: ../outside.env", Guard.UNKNOWN),
        ('env_file: "a\\0b"', Guard.UNKNOWN),
        (NAMED.format("volumes: ['./redis.conf:/etc/redis.conf']"), Guard.CLOSED),
        (
            "volumes: [{type: bind, source: ./redis.conf, target: /etc/redis.conf}]\n    " + NAMED.format(""),
            Guard.CLOSED,
        ),
        (NAMED.format("volumes: ['data:/etc/redis.conf']"), Guard.UNKNOWN),
        ("volumes: ['./redis.conf:/etc/redis.conf']", Guard.OPEN),
        (NAMED.format(""), Guard.UNKNOWN),
        ("volumes: ['data:/data', /tmp]", Guard.OPEN),
        ("configs: [{source: x, target: /etc/redis.conf}]\n    " + NAMED.format(""), Guard.UNKNOWN),
    ],
)
def test_what_a_service_is_given_decides(read, more, guard):
    beside = {
        "there.env": "REDIS_ARGS=--requirepass x\n",
        "broken.env": "REDIS_ARGS='\n",
        "redis.conf": "requirepass x\nbind 0.0.0.0\n",
    }
    (one,) = read(file(more=more), {"REDIS_ARGS": "--requirepass x"}, **beside).predictions
    assert one.guard is guard


def test_a_file_outside_of_the_tree_is_not_read_for_its_sake(read, tmp_path):
    (tmp_path.parent / "outside.env").write_text("REDIS_ARGS=--requirepass x\n")
    (one,) = read(file(more="env_file: ../outside.env")).predictions
    assert one.guard is Guard.UNKNOWN


@pytest.mark.parametrize(
    ("image", "count"),
    [("redis", 1), ("'redis:${TAG}'", 1), ("'${IMAGE}'", 0), ("'docker.io/library/redis:7'", 1), ("", 0)],
)
def test_an_image_is_known_without_its_registry_and_not_without_its_name(read, image, count):
    assert len(read(file().replace("redis/redis-stack-server:7.2.0", image)).predictions) == count


def test_what_can_not_be_told_is_a_note_and_no_gap(read):
    made = read(file("'${PORT}:6379'", "extends: {file: gone.yaml, service: b}"))
    assert {problem.kind for problem in made.problems} == {ProblemKind.LINT_UNTOLD}
    assert not any(problem.kind.leaves_gap for problem in made.problems)
    assert len(made.problems) == 2


def test_mounted_files_are_named_so_that_they_are_judged_where_they_are_mounted(read, tmp_path):
    made = read(file(more="volumes: ['./conf:/etc/redis', 'data:/data', '/srv/x:/x']"))
    assert made.mounted == {tmp_path / "conf", Path("/srv/x")}


def test_standard_input_is_named_as_it_was_typed():
    source = Source(path=Path("-"), text=file(), shown="-", root=Path(), environment={})
    (one,) = READER.read(source).predictions
    assert (one.anchor.file, one.anchor.line) == ("-", 4)


def test_files_of_one_project_are_judged_as_compose_merges_them(tmp_path):
    texts = {
        "base.yaml": "services:\n  cache:\n    image: redis:7\n",
        "prod.yaml": "services:\n  cache:\n    ports: ['6379:6379']\n",
        "safe.yaml": "services:\n  cache:\n    command: redis-server --requirepass x\n",
    }
    files = [tmp_path / name for name in texts]
    for file in files:
        file.write_text(texts[file.name])
    (opened,) = read_together(files[:2], {}).predictions
    assert (opened.guard, opened.port, opened.anchor.file) == (Guard.OPEN, 6379, str(files[1]))
    (closed,) = read_together(files, {}).predictions
    assert closed.guard is Guard.CLOSED
