"""Makes bytes and text from the network safe to keep: the one gate in front of everything we store."""

import re
import unicodedata

LIMIT_CHARS = 512
"""Longest cleaned text unless the caller asks for another limit, in characters."""

_CUT = "..."
# Control, format (bidi overrides, zero width), surrogate, private use, unassigned, line and paragraph separators.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MOST_COMBINING = 4
_MOST_KNOWN = 4_096
"""Characters that are looked up once and kept."""


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


class _Shown(dict[int, str]):
    """How each character is shown, for str.translate: by itself, or as an escape."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        category = unicodedata.category(char)
        # A no-break or ideographic space looks like a plain one and is none.
        unsafe = category in _UNSAFE_CATEGORIES or (category == "Zs" and char != " ")
        return _kept(self, code, _visible(code) if unsafe else char)


class _Combining(dict[int, str]):
    """Which characters stack above others, for str.translate: `m`, and `x` for all others."""

    def __missing__(self, code: int) -> str:
        return _kept(self, code, "m" if unicodedata.category(chr(code)) in {"Mn", "Me"} else "x")


def _kept(known: dict[int, str], code: int, shown: str) -> str:
    if len(known) >= _MOST_KNOWN:
        known.clear()
    known[code] = shown
    return shown


_SHOWN, _COMBINING = _Shown(), _Combining()
_STACKS = re.compile(f"(?<=m{{{_MOST_COMBINING}}})m+")


def _escape(text: str) -> str:
    pieces: list[str] = []
    at = 0
    for stack in _STACKS.finditer("" if text.isascii() else text.translate(_COMBINING)):
        pieces += (
            text[at : stack.start()].translate(_SHOWN),
            *(_visible(ord(char)) for char in text[stack.start() : stack.end()]),
        )
        at = stack.end()
    return "".join((*pieces, text[at:].translate(_SHOWN)))


def _visible(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
