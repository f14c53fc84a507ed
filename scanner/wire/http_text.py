"""Turns a text body in UTF-16 or UTF-32, or one that begins with a byte order mark, into plain UTF-8."""

import codecs
import re

_MARKS = (
    # The longer ones first: UTF-32's begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = {"utf-16": "utf-16-be", "utf-32": "utf-32-be"}
"""Without a mark they are big-endian (RFC 2781 section 4.3)."""
_CHARSET = re.compile(r"charset\s*=\s*\"?(utf-(?:16|32)(?:[lb]e|-[lb]e)?)\b", re.IGNORECASE)


def to_utf8(body: bytes, content_type: str) -> bytes:
    """Return a body in UTF-8 without a byte order mark; pictures and what is UTF-8 already as they are."""
    if content_type.lower().startswith("image/"):
        return body
    mark, charset = next((one for one in _MARKS if body.startswith(one[0])), (b"", ""))
    if not charset and (named := _CHARSET.search(content_type)):
        charset = _WIDE.get(named[1].lower(), named[1].lower())
    if not charset:
        return body
    return body[len(mark) :].decode(charset, "replace").encode("utf-8", "replace")
