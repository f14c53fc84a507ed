import io
import os
from pathlib import Path

import pytest

from scanner.core.errors import UsageError
from scanner.targets.compose import files
from scanner.targets.compose.files import STANDARD_INPUT, FileReader, projects


@pytest.mark.parametrize(
    ("there", "named", "found"),
    [
        (["compose.yaml"], ["compose.yaml"], [["compose.yaml"]]),
        (["compose.yaml", "compose.override.yaml"], ["compose.yaml"], [["compose.yaml", "compose.override.yaml"]]),
        (
            ["compose.yml", "docker-compose.override.yml"],
            ["compose.yml"],
            [["compose.yml", "docker-compose.override.yml"]],
        ),
        # Whoever names the files, or gives one a name of his own, decides which there are.
        (["compose.override.yaml"], ["my.yaml"], [["my.yaml"]]),
        (["compose.override.yaml"], ["compose.yaml", "b.yaml"], [["compose.yaml", "b.yaml"]]),
        ([], ["a/c.yaml", "b/c.yaml", "a/d.yaml"], [["a/c.yaml", "a/d.yaml"], ["b/c.yaml"]]),
    ],
)
def test_the_files_of_one_folder_are_one_project_with_its_override(tmp_path, there, named, found):
    for name in there:
        (tmp_path / name).touch()
    made = projects([tmp_path / name for name in named])
    assert [[str(path.relative_to(tmp_path)) for path in project] for project in made] == found


@pytest.mark.parametrize(
    ("dotenv", "environment", "found"),
    [
        ("COMPOSE_FILE=docker-compose.yml:prod.yml", {}, ["docker-compose.yml", "prod.yml"]),
        ("COMPOSE_FILE=./docker-compose.yml:b/c.yml", {}, ["docker-compose.yml", "b/c.yml"]),
        ("", {"COMPOSE_FILE": "a.yml:docker-compose.yml"}, ["a.yml", "docker-compose.yml"]),
        (
            "COMPOSE_FILE=docker-compose.yml;d.yml\nCOMPOSE_PATH_SEPARATOR=;",
            {},
            ["docker-compose.yml", "d.yml"],
        ),
        # Other files than the one that was named: that one counts.
        ("COMPOSE_FILE=prod.yml", {}, ["docker-compose.yml", "docker-compose.override.yml"]),
        ("", {"COMPOSE_ENV_FILES": "{dir}/other.env"}, ["docker-compose.yml", "other.yml"]),
    ],
)
def test_what_compose_file_names_is_one_project(tmp_path, dotenv, environment, found):
    (tmp_path / ".env").write_text(dotenv)
    (tmp_path / "other.env").write_text("COMPOSE_FILE=docker-compose.yml:other.yml")
    (tmp_path / "docker-compose.override.yml").touch()
    environment = {key: value.replace("{dir}", str(tmp_path)) for key, value in environment.items()}
    (project,) = projects([tmp_path / "docker-compose.yml"], environment)
    assert [str(path.relative_to(tmp_path)) for path in project] == found
    (project,) = projects([tmp_path / "my.yml"], environment)
    assert project == (tmp_path / "my.yml",)


def test_files_of_variables_that_are_not_there_or_wrong_are_refused(tmp_path):
    with pytest.raises(UsageError, match="can't be read"):
        projects([tmp_path / "compose.yaml"], {"COMPOSE_ENV_FILES": str(tmp_path / "none.env")})
    (tmp_path / ".env").write_text("A=1\n'")
    with pytest.raises(UsageError, match=r"\.env:2: .*Compose refuses"):
        projects([tmp_path / "compose.yaml"], {})


def test_a_file_is_read_once(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("a: b\n---\nc: d\n")
    reader = FileReader()
    assert len(reader.documents(path)) == 2
    path.write_text("[")
    assert reader.documents(path) is reader.documents(path)
    assert reader.files == 1


@pytest.mark.parametrize("name", ["none.yaml", "a\0b", "pipe", "folder"])
def test_what_another_file_names_is_an_ordinary_file_or_nothing(tmp_path, name):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    assert FileReader().part(tmp_path / name) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [("none.yaml", "can't be read: No such file"), ("a\0b", "can't be read"), ("folder", "can't be read")],
)
def test_what_can_not_be_read_is_one_line_with_its_name(tmp_path, name, said):
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match=said) as caught:
        FileReader().text(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_standard_input_is_called_so():
    assert FileReader(io.BytesIO(b"a: b")).text(STANDARD_INPUT) == "a: b"
    with pytest.raises(UsageError) as caught:
        FileReader(io.BytesIO(b"\xff\xfe\xff")).documents(Path("-"))
    assert str(caught.value.file) == "standard input"


@pytest.mark.parametrize(
    ("bound", "most", "said"), [("_LIMIT_BYTES", 3, "is longer than"), ("_MOST_FILES", 1, "is one of more than"),
                                ("_LIMIT_ALL_BYTES", 5, "is one of more than")]
)  # fmt: skip
def test_what_a_project_may_hold_is_bounded(tmp_path, monkeypatch, bound, most, said):
    monkeypatch.setattr(files, bound, most)
    reader = FileReader()
    (tmp_path / "a").write_text("a: b" if bound == "_LIMIT_BYTES" else "a:")
    (tmp_path / "b").write_text("abcd")
    with pytest.raises(UsageError, match=said):
        reader.text(tmp_path / "a") + reader.text(tmp_path / "b")
