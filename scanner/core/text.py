"""Makes bytes and text from the network safe to keep: the one gate in front of everything we store."""

import unicodedata

LIMIT_CHARS = 512
"""Longest cleaned text unless the caller asks for another limit, in characters."""

_CUT = "..."
# Control, format (bidi overrides, zero width), surrogate, private use, unassigned, line and paragraph separators.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MOST_COMBINING = 4


def clean(value: bytes | str, limit: int = LIMIT_CHARS) -> str:
    r"""Return untrusted text as one printable line of at most `limit` characters.

    Bytes are read as UTF-8. What is not UTF-8, not printable, or able to move a cursor, reorder or hide text
    becomes a visible escape such as ``\x1b`` or ``\u202e``. Cleaning twice changes nothing.
    """
    # An escape only lengthens text, so nothing beyond limit + 1 characters can show.
    text = value[: 4 * (limit + 1)].decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
    text = text[: limit + 1]
    safe = text if text.isascii() and text.isprintable() else _escape(text)
    return safe if len(safe) <= limit else safe[: limit - len(_CUT)] + _CUT


def _escape(text: str) -> str:
    pieces: list[str] = []
    combining = 0
    for char in text:
        category = unicodedata.category(char)
        combining = combining + 1 if category in {"Mn", "Me"} else 0
        # A no-break or ideographic space looks like a plain one and is none.
        strange_space = category == "Zs" and char != " "
        unsafe = category in _UNSAFE_CATEGORIES or strange_space or combining > _MOST_COMBINING
        pieces.append(_visible(ord(char)) if unsafe else char)
    return "".join(pieces)


def _visible(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
