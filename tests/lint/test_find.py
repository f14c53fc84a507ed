import io
import os

import pytest

from scanner.core.errors import UsageError
from scanner.core.guard import Guard
from scanner.core.problem import ProblemKind
from scanner.lint.find import lint

REDIS = "services:\n  a:\n    image: redis\n    ports: ['6379:6379']\n"


def judge(path, stdin=b""):
    return lint([str(path)], {}, io.BytesIO(stdin))


def test_files_of_every_kind_are_found_below_a_folder(tmp_path):
    (tmp_path / "compose.yaml").write_text(REDIS)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/daemon.json").write_text('{"hosts": ["tcp://0.0.0.0:2375"]}')
    (tmp_path / "deep/k8s.yml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: m}\nspec:\n  containers:\n    - image: memcached\n      ports:\n"
        "        - {containerPort: 11211, hostPort: 11211}\n"
    )
    (tmp_path / "Dockerfile").write_text("FROM bitnami/redis\nENV ALLOW_EMPTY_PASSWORD=yes\n")
    (tmp_path / "other.yaml").write_text("a: b\n")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules/compose.yaml").write_text(REDIS)
    found = judge(tmp_path)
    assert found.files == 4
    assert sorted((one.service, one.port, one.anchor.line) for one in found.predictions) == [
        ("docker-api", 2375, 1),
        ("memcached", 11211, 8),
        ("redis", 6379, 2),
        ("redis", 6379, 4),
    ]
    assert found.problems == []


def test_standard_input_is_judged_by_what_it_is():
    found = judge("-", REDIS.encode())
    assert [(one.port, one.anchor.file) for one in found.predictions] == [(6379, "-")]
    helm = b"apiVersion: v1\nkind: Pod\nspec: {hostNetwork: true, containers: [{image: prom/node-exporter}]}\n"
    assert [one.port for one in judge("-", helm).predictions] == [9100]


def test_an_override_is_read_with_its_file_alone(tmp_path):
    (tmp_path / "compose.yaml").write_text(REDIS)
    (tmp_path / "compose.override.yaml").write_text("services:\n  a:\n    command: redis-server --requirepass x\n")
    found = judge(tmp_path)
    assert [one.guard for one in found.predictions] == [Guard.CLOSED]
    assert found.files == 1


def test_a_mounted_configuration_is_judged_where_it_is_mounted(tmp_path):
    (tmp_path / "compose.yaml").write_text(
        "services:\n  mq:\n    image: eclipse-mosquitto:2\n    volumes: ['./conf:/mosquitto/config']\n"
        "    ports: ['1883:1883']\n"
    )
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/mosquitto.conf").write_text("listener 1883\nallow_anonymous true\n")
    (one,) = judge(tmp_path).predictions
    assert (one.name, one.guard) == ("mq", Guard.OPEN)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("compose.yaml", "services:\n  a: {image: x}\n" + "[" * 20_000),
        ("compose.yaml", "services:\n  a: &a\n    image: x\n    self: *a\n"),
        ("compose.yaml", "services:\n  a: {image: x}\n" + "".join(f"  k{n}: {{}}\n" for n in range(100_000))),
        ("compose.yaml", "#" * (10 << 20)),
        ("compose.yaml", "services:\n  a:\n    image: x\n    ports: [" + "'1-65535:1-65535'," * 200 + "]\n"),
    ],
)
def test_a_hostile_file_is_one_line_and_a_gap(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    (tmp_path / "redis.conf").write_text("protected-mode no\n")
    found = judge(tmp_path)
    assert [one.port for one in found.predictions if one.service == "redis"] == [6379]
    kinds = {problem.kind for problem in found.problems}
    assert kinds <= {ProblemKind.LINT_FILE_SKIPPED, ProblemKind.LINT_UNTOLD}
    assert all("\n" not in problem.detail for problem in found.problems)


def test_nothing_outside_of_the_tree_is_read(tmp_path):
    outside, tree = tmp_path / "outside", tmp_path / "tree"
    outside.mkdir()
    tree.mkdir()
    (outside / "compose.yaml").write_text(REDIS)
    (outside / "p.env").write_text("REDIS_PASSWORD=x\n")
    (tree / "compose.yaml").symlink_to(outside / "compose.yaml")
    (tree / "other-compose.yaml").write_text(
        "services:\n  a:\n    image: bitnami/redis\n    env_file: ../outside/p.env\n    ports: ['6379:6379']\n"
    )
    (tree / "folder").symlink_to(outside)
    os.mkfifo(tree / "redis.conf")
    found = judge(tree)
    assert [one.guard for one in found.predictions] == [Guard.UNKNOWN]
    assert [problem.kind for problem in found.problems] == [ProblemKind.LINT_FILE_SKIPPED] * 2


def test_a_path_that_is_wrong_is_refused(tmp_path):
    with pytest.raises(UsageError, match="can't be read"):
        judge(tmp_path / "none.yaml")
    (tmp_path / "some.txt").write_text("hello")
    with pytest.raises(UsageError, match="of no kind"):
        judge(tmp_path / "some.txt")
