"""Finds the line of a TOML file that a key stands on, which tomllib does not tell."""

import re

from scanner.core.textfile import split_lines

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")


def line_of(text: str, table: str, key: str, index: int = 0) -> int:
    """Return the line, counted from 1, of a key in a table; its table's header, else line 1, when it is not found.

    `table` is empty for the top of the file; `index` counts the tables of an array.
    """
    current, seen, header_line = "", -1, 1
    assignment = re.compile(rf"""^\s*["']?{re.escape(key)}["']?\s*[=.]""")
    for number, line in enumerate(split_lines(text), start=1):
        header = _HEADER.match(line)
        if header:
            current = header.group(2)
            if not table and current == key:
                return number
            if current == table:
                seen += 1
                if seen == index:
                    header_line = number
            continue
        inside = current == table and (not table or seen == index)
        if inside and (not key or assignment.match(line)):
            return number
    return header_line
