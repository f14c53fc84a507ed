"""Runs the examples of a TOML check of the catalogue."""

import asyncio
from pathlib import Path

import scanner.services
from scanner.probes.check_file import read_check
from scanner.probes.examples import failing_examples


def wrong_examples(name: str) -> list[str]:
    """Return one line for each example of `category/id` whose verdict is not the written one."""
    file = Path(scanner.services.__path__[0]) / f"{name}.toml"
    return asyncio.run(failing_examples(read_check(file)))
