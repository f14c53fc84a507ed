"""Reads `.env` files as Compose does (compose-go, package dotenv): quotes, comments, references, `export`; pure."""

import re
from collections.abc import Mapping

from scanner.targets.compose.variables import fill

_KEY = re.compile(r"(?:export[ \t]+)?([^\W\d][\w.\-\[\]]*|\d[\w.\-\[\]]*)[ \t]*(?:[=:][ \t]*|(?=\n)|\Z)")
_ESCAPE = re.compile(r'\\([abcfnrtv$"\\]|0\d{0,3})')
_ESCAPED = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "$": "$$",
    '"': '"',
    "\\": "\\",
}


class NotDotenv(ValueError):
    """A line that Compose refuses."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def parse_dotenv(text: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a `.env` file; references look in `environment` first, then in the lines above.

    Raises NotDotenv, with the line, for what Compose refuses.
    """
    text = text.replace("\r\n", "\n")
    values: dict[str, str] = {}
    at = 0
    while (at := _next_statement(text, at)) < len(text):
        line = text.count("\n", 0, at) + 1
        key = _KEY.match(text, at)
        if key is None:
            raise NotDotenv("is not NAME=value", line)
        name, at = key[1], key.end()
        if not key[0].rstrip(" \t").endswith(("=", ":")):
            if name in environment:
                values[name] = environment[name]
            continue
        try:
            value, at = _value(text, at, {**values, **environment})
        except ValueError as error:
            raise NotDotenv(f"{name}: {error}", line) from None
        if value is not None:
            values[name] = value
    return values


def _next_statement(text: str, at: int) -> int:
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text[at] == "#":
            at = (text.find("\n", at) + 1) or len(text)
        else:
            break
    return at


def _value(text: str, at: int, known: Mapping[str, str]) -> tuple[str | None, int]:
    """Return a value and where the next statement begins; None when it refers to what has no value."""
    quote = text[at : at + 1]
    if quote not in {"'", '"'} or not quote:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        plain, at = text[at:end].partition(" #")[0].rstrip(), end
    else:
        plain, at = _quoted(text, at)
        if quote == "'":
            return plain, at
        plain = _ESCAPE.sub(_escape, plain)
    filled = fill(plain, known.get)
    return (None if filled.unset else filled.text), at


def _quoted(text: str, at: int) -> tuple[str, int]:
    quote = text[at]
    end = at + 1
    while end < len(text) and text[end] != quote:
        end += 2 if text[end] == "\\" else 1
    if end >= len(text):
        raise ValueError("its quote is not closed")
    return text[at + 1 : end].replace("\\" + quote, quote), end + 1


def _escape(found: re.Match[str]) -> str:
    code = found[1]
    if code.startswith("0"):
        return (
            chr(int(code[1:], 8))
            if len(code) == 4 and code[1:].isdigit() and "8" not in code and "9" not in code
            else found[0]
        )
    return _ESCAPED.get(code, found[0])
