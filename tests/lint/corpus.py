"""The corpus of `exposure lint`: files in the forms that people write, with labels of our own; `make bench-lint`.

corpus.txt holds them one after another; a head line names the file, the ports that are open to strangers, and those of
which the file does not tell. A case of several files begins each with a line `--- NAME`.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from scanner.core.guard import Guard
from scanner.lint.find import lint

_PART = re.compile(r"^--- (\S+)\n", re.MULTILINE)
_HEAD = re.compile(r"^=== (\S+) \| open ([\d ]*)\| unknown ([\d ]*)$", re.MULTILINE)


class Labelled(NamedTuple):
    """One file and what is so of it."""

    number: int
    name: str
    text: str
    open: frozenset[int]
    unknown: frozenset[int]


class Score(NamedTuple):
    """How the verdict `open` compares with the labels."""

    right: int
    wrong: tuple[str, ...]
    missed: tuple[str, ...]

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + len(self.wrong))

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + len(self.missed))


def corpus() -> list[Labelled]:
    text = Path(__file__).with_name("corpus.txt").read_text("utf-8")
    heads = list(_HEAD.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)]
    return [
        Labelled(number, head[1], text[head.end() + 1 : end], _ports(head[2]), _ports(head[3]))
        for number, (head, end) in enumerate(zip(heads, ends, strict=True))
    ]


def _ports(words: str) -> frozenset[int]:
    return frozenset(map(int, words.split()))


def _files(one: Labelled) -> Iterator[tuple[str, str]]:
    before, *parts = _PART.split(one.text) if one.text.startswith("--- ") else (one.text,)
    if not parts:
        yield one.name, before
    yield from zip(parts[::2], parts[1::2], strict=True)


def write(one: Labelled, folder: Path) -> None:
    """Write the files of a case into a folder."""
    for name, text in _files(one):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


def verdicts(one: Labelled, folder: Path) -> dict[Guard, set[int]]:
    home = folder / str(one.number)
    write(one, home)
    found: dict[Guard, set[int]] = {guard: set() for guard in Guard}
    for prediction in lint([str(home / one.name)], {}, sys.stdin.buffer).predictions:
        found[prediction.guard].add(prediction.port)
    return found


def score(folder: Path) -> Score:
    right, wrong, missed = 0, list[str](), list[str]()
    for one in corpus():
        said = verdicts(one, folder)[Guard.OPEN]
        right += len(said & one.open)
        wrong += [f"{one.number} {one.name}: {port}" for port in sorted(said - one.open)]
        missed += [f"{one.number} {one.name}: {port}" for port in sorted(one.open - said)]
    return Score(right, tuple(wrong), tuple(missed))
