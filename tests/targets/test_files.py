import io

import pytest

from scanner.core.errors import UsageError
from scanner.core.finding import Anchor
from scanner.targets.files import read_targets


def read(tmp_path, raw):
    path = tmp_path / "targets.txt"
    path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    return read_targets(str(path))


def test_lines_names_owners_and_comments(tmp_path):
    lines = read(
        tmp_path,
        "# the build network\n"
        "\n"
        "10.0.0.5 build-server\n"
        '10.0.0.0/24\tname="floor 2"   # all of it\n'
        "https://host:2376/x#y is no comment\n".replace("#y", "")
        + "   db.example.com  the database  owner=Data platform  # call first\n"
        "10.0.0.6 owner=ops\n",
    )
    assert [(str(line.spec), line.name, line.owner) for line in lines] == [
        ("10.0.0.5", "build-server", None),
        ("10.0.0.0-10.0.0.255", "floor 2", None),
        ("https://host:2376/x", "is no comment", None),
        ("db.example.com", "the database", "Data platform"),
        ("10.0.0.6", None, "ops"),
    ]
    assert [line.anchor.line for line in lines] == [3, 4, 5, 6, 7]
    assert lines[0].anchor == Anchor(file=str(tmp_path / "targets.txt"), line=3)


@pytest.mark.parametrize(
    "raw",
    [
        "10.0.0.1\r\n10.0.0.2\r\n".encode("utf-16"),
        "\ufeff10.0.0.1\n10.0.0.2".encode("utf-16-be"),
        b"\xef\xbb\xbf10.0.0.1\r\n10.0.0.2\r\n",
        b"10.0.0.1\r10.0.0.2",
        b"10.0.0.1\n10.0.0.2\n",
    ],
)
def test_byte_order_marks_and_line_ends_of_any_system(tmp_path, raw):
    lines = read(tmp_path, raw)
    assert [(str(line.spec), line.line) for line in lines] == [("10.0.0.1", 1), ("10.0.0.2", 2)]


def test_a_name_is_made_safe_to_print(tmp_path):
    (line,) = read(tmp_path, "10.0.0.1 ev\x1b[2Jil owner=\u202eboss")
    assert (line.name, line.owner) == ("ev\\x1b[2Jil", "\\u202eboss")


@pytest.mark.parametrize(
    ("raw", "where", "why"),
    [
        (b"10.0.0.1\n127.1\n", ":2: ", "write 127.0.0.1"),
        (b"# x\n\n10.0.0.0/99 lab\n", ":3: ", "0 to 32"),
        (b"owner=me\n", ":1: ", "names no target"),
        (b"10.0.0.1\nb\xfccher\n", ":2: ", "not UTF-8"),
        (b"1\x000\x00.\x000\x00", ": ", "UTF-16 without"),
        (b"\xff\xfe1", ":1: ", "UTF-16"),
        (b"", ": ", "no target"),
        (b"\xef\xbb\xbf\r\n", ": ", "no target"),
        (b"# nothing yet\n", ": ", "no target"),
    ],
)
def test_an_error_names_file_and_line(tmp_path, raw, where, why):
    with pytest.raises(UsageError) as caught:
        read(tmp_path, raw)
    assert str(caught.value).startswith(f"{tmp_path / 'targets.txt'}{where}")
    assert why in str(caught.value)


@pytest.mark.parametrize("name", ["missing.txt", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_a_usage_error(tmp_path, name):
    with pytest.raises(UsageError, match="can't be read"):
        read_targets(f"{tmp_path}/{name}")


def test_standard_input_has_line_numbers_and_no_anchor():
    lines = read_targets("-", io.BytesIO(b"10.0.0.1 one\n"))
    assert [(str(line.spec), line.name, line.anchor) for line in lines] == [("10.0.0.1", "one", None)]
    with pytest.raises(UsageError, match=r"^standard input:2: "):
        read_targets("-", io.BytesIO(b"10.0.0.1\n0x7f.1\n"))
