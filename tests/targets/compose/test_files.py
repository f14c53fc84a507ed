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
