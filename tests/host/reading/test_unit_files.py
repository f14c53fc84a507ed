"""Units, the words of their commands, and the variables that they set."""

import pytest

from scanner.config.kinds import systemd_unit
from scanner.host.reading.files import Files
from scanner.host.reading.unit_files import read_unit, unit_of, unit_variables, unit_words


@pytest.mark.parametrize(
    ("cgroup", "unit"),
    [
        ("/system.slice/docker.service", "docker.service"),
        ("/system.slice/docker.service/deeper", "docker.service"),
        ("/user.slice/user-0.slice/user@0.service/app.slice/mine.service", "mine.service"),
        ("/user.slice/user-0.slice/user@0.service/session", ""),
        ("/system.slice/a.service.d/b", ""),
        ("/docker/abc", ""),
        ("", ""),
    ],
)
def test_the_innermost_service_counts(cgroup, unit):
    assert unit_of(cgroup) == unit


def unit(text):
    return systemd_unit.KIND.read(f"[Service]\n{text}", "/u")


def variables(root, text):
    return {name: (one.value, one.place) for name, one in unit_variables(Files(root), unit(text)).items()}


def test_the_files_of_a_unit_beat_its_own_lines(tmp_path):
    (tmp_path / "e").write_text("# x\nA='from a file'\n")
    assert variables(tmp_path, 'Environment=A=1 "B=two words"\nEnvironmentFile=-/e\n') == {
        "A": ("from a file", "/e:2"),
        "B": ("two words", "/u:2"),
    }
    assert variables(tmp_path, "Environment=A=1\nEnvironment=\nEnvironmentFile=/none\n") == {}


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("x $MORE", ["x", "-a", "b c"]),
        ("x ${MORE}", ["x", "-a 'b c'"]),
        ("x --at=${ONE}:2", ["x", "--at=1:2"]),
        ("x $NONE ${NONE} y", ["x", "y"]),
        ("-x y", ["-x", "y"]),
        ("other $MORE", []),
    ],
)
def test_variables_are_put_in_as_systemd_does(tmp_path, command, words):
    held = unit_variables(Files(tmp_path), unit("Environment=ONE=1 \"MORE=-a 'b c'\"\n"))
    found = unit_words(unit(f"ExecStart={command}\n"), held, ("x",))
    assert [word.value for word in found] == words


def test_a_group_without_a_unit_says_nothing(tmp_path):
    assert not tuple(read_unit(Files(tmp_path), "/user.slice"))
