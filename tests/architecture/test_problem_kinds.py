"""The words of a state stand in its enum alone: whoever writes them a second time will forget one of the two."""

import ast
from pathlib import Path

from scanner.core.problem import ProblemKind
from scanner.core.unheard import Unheard

SCANNER = Path(__file__).parents[2] / "scanner"
HOMES = {"problem.py": ProblemKind, "unheard.py": Unheard}
WORDS = {word.value: home for home, words in HOMES.items() for word in words if "-" in word.value}


def literals(source: str) -> list[str]:
    if not any(word in source for word in WORDS):
        return []
    return [
        node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant) and node.value in WORDS
    ]


def test_the_words_are_found_where_they_stand():
    assert literals("x = {'stage-crashed'}") == ["stage-crashed"]


def test_no_other_module_writes_the_word_of_a_kind():
    found = [
        f"{file.relative_to(SCANNER)}: {word!r} belongs to core/{WORDS[word]}"
        for file in sorted(SCANNER.rglob("*.py"))
        for word in literals(file.read_text("utf-8"))
        if not (file.parent.name == "core" and WORDS[word] == file.name)
    ]
    assert found == []
