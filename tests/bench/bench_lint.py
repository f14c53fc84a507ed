"""Prints precision and recall of the verdict `open` over the corpus, and how long a thousand Compose files take."""

import sys
import tempfile
import time
from pathlib import Path

from scanner.lint.find import lint
from tests.lint.corpus import corpus, score, write

FILES = 1_000


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        result = score(folder)
        say(f"{len(corpus())} files, {result.right + len(result.missed)} open doors")
        say(f"precision of open {result.precision:.1%}, recall {result.recall:.1%}")
        for title, lines in (("wrong", result.wrong), ("missed", result.missed)):
            for line in lines:
                say(f"  {title}: {line}")
    with tempfile.TemporaryDirectory() as name:
        cases = [one for one in corpus() if "compose" in one.name]
        for number in range(FILES):
            write(cases[number % len(cases)], Path(name, str(number)))
        begun = time.perf_counter()
        found = lint([name], {}, sys.stdin.buffer)
        say(f"{found.files} Compose files in {time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
