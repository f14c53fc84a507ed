"""The index says of every service what its file says, and is not believed where it does not fit the files."""

from pathlib import Path

import pytest

import scanner.services
from scanner.probes.registry import index_lines
from scanner.probes.service_index import INDEX, ServiceLine, files_of, parse_index, read_index, write_index

ROOT = Path(scanner.services.__path__[0])
LINES = [
    ServiceLine("a/shared.py"),
    ServiceLine("a/one.py", "one", True, ("one", "acme/*"), (6379, 65_536 + 161), b"\x00?"),
    ServiceLine("b/two.toml", "two", places=(80,)),
]


def test_the_index_is_current():
    assert INDEX.read_text("utf-8") == write_index(index_lines()), "run `make docs`, which writes the index"


def test_what_is_written_is_read_again():
    assert parse_index(write_index(LINES)) == LINES
    assert [line.is_service for line in LINES] == [False, True, True]


@pytest.mark.parametrize("text", ["one\ttwo\n", "a.py\tid\t0\t\tx\t\n", "a.py\tid\t0\t\t\txyz\n"])
def test_a_line_that_cannot_be_read_is_an_error(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_index(text)


@pytest.fixture
def catalogue(tmp_path):
    """A folder of two services, and its index."""
    root = tmp_path / "services"
    for name, text in (("a/__init__.py", ""), ("a/one.py", "1"), ("b/two.toml", "2"), ("b/notes.txt", "")):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (root / "__pycache__").mkdir()
    index = tmp_path / "services.tsv"
    index.write_text(write_index(ServiceLine(file, file) for file in files_of(root)))
    return root, index


def test_an_index_that_fits_is_believed(catalogue):
    lines, added = read_index(*catalogue)
    assert [line.file for line in lines] == ["a/one.py", "b/two.toml"]
    assert added == []


def test_a_service_that_was_added_is_named_beside_the_others(catalogue):
    (catalogue[0] / "a/new.py").write_text("3")
    lines, added = read_index(*catalogue)
    assert len(lines) == 2
    assert added == ["a/new.py"]


def test_an_index_is_not_believed_where_a_file_has_gone(catalogue):
    (catalogue[0] / "a/one.py").unlink()
    assert read_index(*catalogue) is None


@pytest.mark.parametrize("broken", ["nonsense\n", None])
def test_without_an_index_that_can_be_read_there_is_none(catalogue, broken):
    root, index = catalogue
    index.unlink()
    if broken is not None:
        index.write_text(broken)
    assert read_index(root, index) is None
