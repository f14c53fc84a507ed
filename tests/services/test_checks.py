import asyncio
from pathlib import Path

import pytest

import scanner.services
from scanner.probes.check_file import read_check
from scanner.probes.examples import failing_examples

FILES = sorted(Path(scanner.services.__path__[0]).rglob("*.toml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_check_says_of_its_own_examples_what_they_say(file):
    assert asyncio.run(failing_examples(read_check(file))) == []
