"""Turns the bytes of a user's file into text, whatever system saved it: one reader for all that people hand in."""

import codecs
import re
from pathlib import Path

from scanner.core.errors import UsageError

_MARKS = (
    # UTF-32's mark begins with that of UTF-16, so it is tried first.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_LINE_END = re.compile(r"\r\n|\r|\n")


def decode_file(raw: bytes, shown: Path | str) -> str:
    """Return the text of a file: UTF-8, or what its byte order mark says (UTF-8, UTF-16, UTF-32).

    `shown` is the file's name for the message. Raises UsageError, with the line, for bytes that are no text: a file
    that is read half, or as something else than its author saved, must never decide what is scanned.
    """
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = len(_LINE_END.findall(raw[: error.start].decode("latin-1"))) + 1
        named = "UTF-8" if encoding.startswith("utf-8") else f"{encoding.upper()}, as its first bytes say"
        raise UsageError(f"is not {named}; save the file as UTF-8", file=shown, line=line) from None
    if "\0" in text:
        raise UsageError("holds NUL bytes, as UTF-16 without a byte order mark does; save it as UTF-8", file=shown)
    return text


def split_lines(text: str) -> list[str]:
    """Return the lines of a text with the line ends of any system; a final line end makes no line of its own.

    str.splitlines also ends lines at form feeds and U+2028, where an editor shows none: numbers would be off.
    """
    lines = _LINE_END.split(text)
    return lines[:-1] if lines[-1] == "" else lines
