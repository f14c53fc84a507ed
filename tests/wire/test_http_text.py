import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.wire.http_text import to_utf8

TEXT = '{"name": "Grüße"}'


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (TEXT.encode(), ""),
        (TEXT.encode("utf-8-sig"), "application/json"),
        (TEXT.encode("utf-16"), ""),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "text/plain; charset=utf-8"),
        (codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"), ""),
        (TEXT.encode("utf-16-be"), "application/json;charset=UTF-16"),
        (TEXT.encode("utf-16-le"), 'application/json; charset="utf-16le"'),
    ],
)
def test_wide_text_and_marks_become_plain_utf_8(body, content_type):
    assert to_utf8(body, content_type).decode() == TEXT


def test_pictures_stay_as_they_are():
    assert to_utf8(b"\xff\xfe\x00", "image/png") == b"\xff\xfe\x00"


@given(st.binary(max_size=50), st.sampled_from(["", "charset=utf-16", "charset=utf-32le", "charset=x"]))
def test_any_bytes_are_survived(body, content_type):
    to_utf8(codecs.BOM_UTF16_LE + body, content_type)
    to_utf8(body, content_type)
