"""What is counted is counted by one function: "1 containers" stood in a report (first trial of a newcomer, 23)."""

import re

import pytest

from scanner.core.count import plural
from tests.ci.conftest import ROOT

FILES = sorted((ROOT / "scanner").rglob("*.py"))
_COUNTED = re.compile(r"counted\(\s*[^'\"]*['\"]([a-z-]+(?: [a-z-]+)*)['\"]")
_ALL = {noun for file in FILES for noun in _COUNTED.findall(file.read_text("utf-8"))}
NOUNS = sorted({plural(noun).split()[-1] for noun in _ALL})
_BARE = re.compile(rf"\{{(?![A-Z_0-9]+[:}}])(?:len\([^{{}}]*\)|[\w.]+)(?::,)?\}} (?:[a-z-]+ )??({'|'.join(NOUNS)})\b")
# Verbs, names in front, and sizes in bytes, which are never one.
_NOT_COUNTED = {"of", "is", "no", "names", "entries", "holds", "runs", "bytes"}


def bare(text):
    """Yield the places where a number stands before a plural by itself."""
    for line in text.splitlines():
        if 'f"' in line:
            yield from (found[0] for found in _BARE.finditer(line) if not _NOT_COUNTED & set(found[0].split()))


def test_the_search_finds_what_it_is_for():
    assert list(bare('told = f"{found.containers} containers and {len(images)} images"')) != []
    assert list(bare('told = f"more than {MOST_PORTS} ports"')) == []
    assert len(NOUNS) > 50


@pytest.mark.parametrize("file", [FILES], ids=["all"])
def test_no_number_stands_before_a_plural_by_itself(file):
    found = {one.relative_to(ROOT).as_posix(): held for one in file if (held := list(bare(one.read_text("utf-8"))))}
    assert found == {}
