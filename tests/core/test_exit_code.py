"""The numbers are an interface: scripts and CI templates compare them, so they are written down here once more."""

import ast
from pathlib import Path

import pytest

from scanner.core.errors import ScannerError, ScopeError, UsageError
from scanner.core.exit_code import MEANINGS, ExitCode

ROOT = Path(__file__).resolve().parents[2]
FILES = [file for file in sorted((ROOT / "scanner").rglob("*.py")) if file.name != "exit_code.py"]
EXITS = {"Exit", "exit", "_exit", "SystemExit"}


def test_the_numbers_stay_what_scripts_know():
    assert {code.name: int(code) for code in ExitCode} == {
        "CLEAN": 0,
        "FINDINGS": 1,
        "USAGE": 2,
        "NOTHING_SCANNED": 3,
        "INCOMPLETE": 4,
        "INTERNAL_ERROR": 70,
        "INTERRUPTED": 130,
    }
    assert all(code.meaning for code in ExitCode)


def test_errors_exit_with_what_they_are():
    assert UsageError("x").exit_code is ScopeError("x").exit_code is ExitCode.USAGE
    assert ScannerError("x").exit_code is ExitCode.NOTHING_SCANNED


def test_every_code_that_a_command_explains_is_explained_in_words():
    assert all(meanings and all(meanings.values()) for meanings in MEANINGS.values())


def bare_exits(source):
    """Lines where a number stands that belongs in ExitCode."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and name_of(node.func) in EXITS:
            yield from (inner.lineno for argument in node.args for inner in ast.walk(argument) if number(inner))
        if isinstance(node, ast.Assign) and any(name_of(target) == "exit_code" for target in node.targets):
            yield from (inner.lineno for inner in ast.walk(node.value) if number(inner))


def bare_returns(source):
    """Lines of the command line where a function that returns a number returns one as it is."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and name_of(node.returns) == "int":
            yield from (
                inner.lineno for inner in ast.walk(node) if isinstance(inner, ast.Return) and number(inner.value)
            )


def number(node):
    return isinstance(node, ast.Constant) and type(node.value) is int


def name_of(node):
    return getattr(node, "attr", getattr(node, "id", None))


def test_no_exit_number_stands_outside_the_enum():
    sources = {str(file.relative_to(ROOT)): file.read_text("utf-8") for file in FILES}
    exits = {file: source for file, source in sources.items() if "xit" in source}
    assert [f"{file}:{line}" for file, source in exits.items() for line in bare_exits(source)] == []
    of_cli = {file: source for file, source in sources.items() if file.startswith("scanner/cli/")}
    assert [f"{file}:{line}" for file, source in of_cli.items() for line in bare_returns(source)] == []
    assert of_cli


@pytest.mark.parametrize(
    "source", ["sys.exit(3)", "raise click.Exit(1 if x else 0)", "class E:\n    exit_code = 2", "raise SystemExit(4)"]
)
def test_the_search_for_bare_numbers_finds_them(source):
    assert list(bare_exits(source))
    assert list(bare_returns("def run_x() -> int:\n    return 3"))


def test_the_pages_that_speak_of_exit_codes_link_the_one_table():
    for page in ("README.md", "docs/usage.md", "docs/ci/README.md", "docs/ticketing.md"):
        assert "exit-codes.md" in (ROOT / page).read_text("utf-8"), page
