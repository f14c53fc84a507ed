import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.core.textfile import decode_file, split_lines

TEXT = "büro 10.0.0.1\r\nzwei\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_what_windows_saves_is_read(encoding):
    # Field cases G04 and I08: a byte order mark, PowerShell's `>`.
    assert decode_file(TEXT.encode(encoding), "x") == TEXT


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-32-be"])
def test_either_byte_order_is_read(encoding):
    assert decode_file(f"\ufeff{TEXT}".encode(encoding), "x") == TEXT


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("b\u00fcro".encode("latin-1"), "x:1: is not UTF-8"),
        (b"one\r\ntwo\rb\xfcro", "x:3: is not UTF-8"),
        ("one".encode("utf-16-le"), "x: holds NUL"),
        (b"\xff\xfe1", "x:1: is not UTF-16"),
    ],
)
def test_what_is_no_text_is_refused_with_its_line(raw, told):
    with pytest.raises(UsageError, match=told):
        decode_file(raw, "x")


def test_lines_end_where_editors_end_them():
    assert split_lines("a\rb\r\nc\nd\x0ce\u2028f\n") == ["a", "b", "c", "d\x0ce\u2028f"]
    assert split_lines("") == []


@given(st.binary(max_size=40))
def test_any_bytes_are_text_or_refused(raw):
    told = "UTF"
    try:
        decode_file(raw, "x")
    except UsageError as error:
        told = str(error)
    assert "UTF" in told
