"""The index of the catalogue: what a run must know of every service before it meets one, without importing any.

`services.tsv` is made by docs/generate.py, a line for each file in scanner/services. A file that has no line is read,
so a service that is being written needs none.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

INDEX = Path(__file__).with_name("services.tsv")
_SHARED = "-"
"""The id of a file that is no service: several services share it."""


class ServiceLine(NamedTuple):
    """What the index says of one file."""

    file: str
    """Below scanner/services, as `datastores/redis.py`."""
    id: str = _SHARED
    named_only: bool = False
    image_names: tuple[str, ...] = ()
    """Globs of the repositories of images that run it."""
    places: tuple[int, ...] = ()
    """Keys of its default ports (scanner.core.ports.port_key)."""
    question: bytes | None = None
    """What is asked first on its UDP ports."""

    @property
    def is_service(self) -> bool:
        """Whether the file is a service of its own."""
        return self.id != _SHARED


def files_of(root: Path) -> list[str]:
    """Return the files of the catalogue, sorted."""
    folders = [folder for folder in os.scandir(root) if folder.is_dir() and folder.name != "__pycache__"]
    return sorted(
        f"{folder.name}/{file.name}"
        for folder in folders
        for file in os.scandir(folder.path)
        if file.name.endswith((".py", ".toml")) and file.name != "__init__.py"
    )


def read_index(root: Path, index: Path = INDEX) -> tuple[list[ServiceLine], list[str]] | None:
    """Return the lines of the index and the files that it does not know yet; None when it does not fit the files.

    A file that was added leaves the others as they are; one that has gone may have been shared by others.
    """
    try:
        lines = parse_index(index.read_text("utf-8"))
        held = files_of(root)
    except (OSError, ValueError):
        return None
    known = {line.file for line in lines}
    return (lines, [file for file in held if file not in known]) if known <= set(held) else None


def parse_index(text: str) -> list[ServiceLine]:
    """Read the table; raises ValueError for a line that can't be read."""
    return [_line(line) for line in text.splitlines() if not line.startswith("#")]


def write_index(lines: Iterable[ServiceLine]) -> str:
    """Return the table as parse_index reads it."""
    told = "# Made by docs/generate.py: file, service, asked only when named, images, ports, UDP question."
    return "\n".join([told, *map(_text, lines)]) + "\n"


def _line(text: str) -> ServiceLine:
    file, service, named_only, images, places, question = text.split("\t")
    return ServiceLine(
        file,
        service,
        named_only == "1",
        tuple(images.split()),
        tuple(map(int, places.split())),
        bytes.fromhex(question) if question else None,
    )


def _text(line: ServiceLine) -> str:
    return "\t".join(
        (
            line.file,
            line.id,
            "1" if line.named_only else "0",
            " ".join(line.image_names),
            " ".join(map(str, line.places)),
            (line.question or b"").hex(),
        )
    )
