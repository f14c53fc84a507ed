"""What lint reads beside the file that it was given: ordinary files inside the folder, and nothing else."""

import pytest

from scanner.core.finding import Anchor
from scanner.core.guard import Guard
from scanner.core.ports import Transport
from scanner.lint.container import Container, Mount, Value, image_name
from scanner.lint.doors import Published, predictions, read_inside
from scanner.lint.prediction import LintReach

HERE = Anchor(file="compose.yml", line=3)
REDIS = Published(6379, "0.0.0.0", 7000, Transport.TCP, LintReach.INTERFACE, HERE)


def test_only_an_ordinary_file_of_the_folder_is_read(tmp_path):
    root = tmp_path / "root"
    (root / "inner").mkdir(parents=True)
    outside = tmp_path / "secret.conf"
    outside.write_text("secret")
    (root / "own.conf").write_text("own")
    (root / "inner" / "up.conf").symlink_to(outside)
    (root / "inner" / "own.conf").symlink_to(root / "own.conf")
    (root / "loop.conf").symlink_to(root / "loop.conf")
    (root / "long.conf").write_bytes(b"x" * ((1 << 20) + 1))
    assert read_inside(root / "own.conf", root) == "own"
    assert read_inside(root / "inner" / "own.conf", root) == "own"
    for other in (outside, root / "inner" / "up.conf", root / "loop.conf", root / "long.conf", root / "inner"):
        assert read_inside(other, root) is None
    assert read_inside(root / "inner" / ".." / ".." / "secret.conf", root) is None
    assert read_inside(root / "a\0b", root) is None


def found(root, mounts, published=(REDIS,), whole=None):
    words = tuple(Value(mount.target, HERE) for mount in mounts)
    container = Container(name="cache", image=image_name("redis:7"), environment={}, words=words, mounts=mounts)
    return [
        (one.address, one.port, one.reach, one.guard) for one in predictions(container, list(published), whole, root)
    ]


@pytest.mark.parametrize(
    ("text", "guard"),
    [
        ("bind 0.0.0.0\n", Guard.OPEN),
        ("requirepass x\n", Guard.CLOSED),
        ("bind 127.0.0.1\n", Guard.CLOSED),
        ("bind 127.0.0.1\n'\n x 'y\n", Guard.UNKNOWN),
    ],
)
def test_a_mounted_file_decides(tmp_path, text, guard):
    (tmp_path / "redis.conf").write_text(text)
    mount = Mount("/usr/local/etc/redis/redis.conf", tmp_path / "redis.conf", HERE)
    assert found(tmp_path, (mount,)) == [("0.0.0.0", 7000, LintReach.INTERFACE, guard)]


def test_a_file_outside_of_the_folder_is_not_read(tmp_path):
    (tmp_path / "redis.conf").write_text("requirepass x\n")
    (tmp_path / "root").mkdir()
    mount = Mount("/usr/local/etc/redis/redis.conf", tmp_path / "redis.conf", HERE)
    assert [row[3] for row in found(tmp_path / "root", (mount,))] == [Guard.UNKNOWN]


def test_a_port_that_is_no_door_of_the_image_opens_nothing(tmp_path):
    assert found(tmp_path, (), [REDIS._replace(target=80)]) == []


def test_the_network_of_the_host_opens_the_port_of_the_image(tmp_path):
    assert found(tmp_path, (), [], HERE) == [("0.0.0.0", 6379, LintReach.HOST_NETWORK, Guard.OPEN)]
