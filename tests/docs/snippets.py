"""The commands that README and docs/ tell people to type."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^```(?:sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROGRAM = re.compile(r"(?:^|/)exposure$")
_ENDS = {"|", "&&", ";", ">", ">>"}


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    page: str
    line: int
    text: str

    @property
    def commands(self) -> list[str]:
        """Its command lines: continued ones are one, comments and the prompt are gone."""
        joined = self.text.replace("\\\n", " ").splitlines()
        bare = (re.sub(r"\s+# .*$", "", line.removeprefix("$ ")).strip() for line in joined)
        return [line for line in bare if line and not line.startswith("#")]

    @property
    def is_script(self) -> bool:
        """Whether it is a program to keep, not lines to type."""
        return self.text.startswith("#!")


def blocks() -> list[Block]:
    """Every block of shell commands."""
    return [
        Block(page.relative_to(ROOT).as_posix(), text[: found.start()].count("\n") + 1, found[1])
        for page in PAGES
        for text in [page.read_text("utf-8")]
        for found in _BLOCK.finditer(text)
    ]


def calls(command: str) -> list[str]:
    """The calls of `exposure` within a command line, whatever stands before them."""
    words, found = shlex.split(command), []
    for place, word in enumerate(words):
        # In a container the image's name stands for the command.
        named = place > 0 and words[place - 1] == "--name"
        if (_PROGRAM.search(word) and not named) or (word == "exposure-scanner" and "run" in words[:place]):
            rest = words[place + 1 :]
            end = next((at for at, one in enumerate(rest) if one in _ENDS), len(rest))
            if end and not rest[0].startswith("/"):
                found.append(shlex.join(["exposure", *rest[:end]]))
    return found
