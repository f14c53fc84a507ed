"""Parses TOML that somebody handed in, within bounds: tomllib takes quadratic time for long dotted keys."""

import re
import tomllib
from pathlib import Path
from typing import Any

from scanner.core.errors import UsageError
from scanner.core.textfile import decode_file

LIMIT_BYTES = 4 << 20
"""Longest file; a larger one is not what a person wrote."""
_MOST_PARTS = 16
_MOST_DOTTED = 20_000
"""Dotted keys of one file: they cost tomllib several times as much as others, and no format of ours has them."""
_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL)
# Possessive, and begun at a dot: it costs linear time whatever the text is.
_DOTTED = re.compile(rf"(?:\.[ \t]*+[\w-]*+[ \t]*+){{{_MOST_PARTS},}}+")
_BEGINS_DOTTED = re.compile(r"^[ \t]*+[\w-]++[ \t]*+\.", re.MULTILINE)
_LINE = re.compile(r"line (\d+)")


def read_toml(file: Path) -> tuple[dict[str, Any], str]:
    """Return a TOML file's table and its text; raises UsageError, with the line where it is known."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(LIMIT_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"can't be read: {reason}; check the path and its permissions", file=file) from None
    text = decode_file(raw, file)
    return parse_toml(text, file), text


def parse_toml(text: str, shown: Path | str) -> dict[str, Any]:
    """Return the table of a TOML text; raises UsageError for what is no TOML, too long, too deep or too dotted."""
    if len(text) > LIMIT_BYTES:
        raise UsageError(f"is longer than {LIMIT_BYTES >> 20} MiB", file=shown)
    bare = _STRING.sub(lambda string: '"' + "\n" * string[0].count("\n") + '"', text)
    if dotted := _DOTTED.search(bare.replace('"', "x")):
        line = bare.count("\n", 0, dotted.start()) + 1
        raise UsageError(f"a key has more than {_MOST_PARTS} parts", file=shown, line=line)
    if len(_BEGINS_DOTTED.findall(bare.replace('"', "x"))) > _MOST_DOTTED:
        raise UsageError(f"has more than {_MOST_DOTTED:,} dotted keys", file=shown)
    try:
        # tomllib knows line feeds and CRLF; a lone carriage return is an old Mac's line end.
        return tomllib.loads(text.replace("\r\n", "\n").replace("\r", "\n"))
    except tomllib.TOMLDecodeError as error:
        line_named = _LINE.search(str(error))
        raise UsageError(f"not TOML: {error}", file=shown, line=int(line_named[1]) if line_named else None) from None
    except (RecursionError, ValueError):
        raise UsageError("not TOML: nested too deep, or a number too long", file=shown) from None
