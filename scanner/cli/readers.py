"""From a word as typed to the value of an option. Each raises ValueError with what to write instead."""

import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from scanner.core.engine_name import EngineName
from scanner.core.suggestion import did_you_mean

LEAST_RATE = 0.1
"""Connections a second; slower than one in ten seconds is a mistake."""
_TIME = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)([smh]?)")
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3_600.0}


def read_path(word: str) -> Path:
    """Return a path; nothing is looked up."""
    return Path(word)


def read_folder(word: str) -> Path:
    """Return the path of a folder that is there."""
    path = Path(word)
    if not path.is_dir():
        raise ValueError("is no folder; check the path")
    return path


def read_new_folder(word: str) -> Path:
    """Return the path of a folder that is there or can be made; nothing is made yet."""
    path = Path(word)
    if path.exists() and not path.is_dir():
        raise ValueError("is a file; name a folder")
    return path


def read_id(word: str) -> str:
    """Return an id in kebab-case."""
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", word):
        raise ValueError("write it in kebab-case, such as my-panel")
    return word


def read_words(word: str) -> tuple[str, ...]:
    """Return the parts of a list that is separated by commas, without empty ones."""
    return tuple(part.strip() for part in word.split(",") if part.strip())


def read_services(word: str) -> tuple[str, ...]:
    """Return ids and categories; none at all would silently mean every service."""
    words = read_words(word)
    if not words:
        raise ValueError("name ids or categories, such as redis,containers; `exposure services` lists them")
    return words


def read_rate(word: str) -> float:
    """Return a ceiling in connections or packets a second; `inf` takes the ceiling away."""
    rate = _number(word)
    if not rate >= LEAST_RATE:
        raise ValueError(f"name {LEAST_RATE:g} or more connections a second, or inf for no limit")
    return rate


def number(least: float, most: float = math.inf) -> Callable[[str], float]:
    """Return a reader of finite numbers within bounds."""

    def read(word: str) -> float:
        value = _number(word)
        if not least <= value <= most or math.isinf(value):
            raise ValueError(f"name a number {_bounds(least, most)}")
        return value

    return read


def whole(least: int, most: float = math.inf) -> Callable[[str], int]:
    """Return a reader of whole numbers within bounds."""

    def read(word: str) -> int:
        if not word.isascii() or not word.isdecimal() or len(word) > 18 or not least <= int(word) <= most:
            raise ValueError(f"name a whole number {_bounds(least, most)}")
        return int(word)

    return read


def duration(most_s: float, least_s: float = 0.0) -> Callable[[str], float]:
    """Return a reader of a time in seconds: `60`, `60s`, `2m`, `1h`."""

    def read(word: str) -> float:
        found = _TIME.fullmatch(word)
        seconds = float(found[1]) * _UNITS[found[2]] if found else math.nan
        if not least_s <= seconds <= most_s:
            raise ValueError(f"name a time such as 60s, 5m or 1h, {_bounds(least_s, most_s)} seconds")
        return seconds

    return read


def one_of(choices: Callable[[], Sequence[str]]) -> Callable[[str], str]:
    """Return a reader of one of some words, which says what was probably meant."""

    def read(word: str) -> str:
        known = choices()
        if word not in known:
            raise ValueError(f"choose one of {', '.join(known)}{did_you_mean(word, known)}")
        return word

    return read


def read_engine(word: str) -> EngineName:
    """Return the engine of a name."""
    return EngineName(one_of(lambda: tuple(name.value for name in EngineName))(word))


def _number(word: str) -> float:
    try:
        # Python's own notation, with underscores and digits of every script, is not the user's.
        return float(word if word.isascii() and "_" not in word else "")
    except ValueError:
        raise ValueError("name a number") from None


def _bounds(least: float, most: float) -> str:
    return f"of {least:g} or more" if math.isinf(most) else f"from {least:g} to {most:g}"
