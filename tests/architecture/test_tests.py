"""Whoever changes a module finds its tests by its place: tests/A/test_X.py for each scanner/A/X.py that decides."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
SCANNER = TESTS.parent / "scanner"
TESTED_BY_TABLE = {
    "services": "tests/services asks every service of the registry, and each one with a dialogue has a scripted peer",
    "standins": "tests/services/test_stand_ins.py starts each of them",
    "report/formats": "tests/report runs every format of the registry",
    "history/store/migrations": "tests/history/store/test_upgrade.py brings a database through each of them",
    "host/checks": "tests/host/checks finds every check, and demands a machine that has what it looks for",
}
"""Room -> what finds its files by itself, so that a file of its own name would only repeat it."""


def decides(source):
    """Tell whether a module has a function that does more than return what was written there, or hand it on."""
    return any(
        not all(map(_is_fixed, node.body)) and not _hands_on(node.body)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def _is_fixed(statement):
    match statement:
        case ast.Pass() | ast.Expr(ast.Constant()) | ast.Return(None | ast.Constant() | ast.Name()):
            return True
    return False


def untested():
    """Return the modules with logic for which no test file is named."""
    found = []
    for file in sorted(SCANNER.rglob("*.py")):
        place = file.relative_to(SCANNER).as_posix()
        module = file.parent if file.stem == "__init__" else file.with_suffix("")
        if any(place.startswith(f"{room}/") for room in TESTED_BY_TABLE) or not decides(file.read_text("utf-8")):
            continue
        if not (TESTS / module.parent.relative_to(SCANNER) / f"test_{module.name}.py").exists():
            found.append(place)
    return found


def _hands_on(body):
    """Tell whether a function imports what it calls, so that help loads nothing, and passes its argument on."""
    said = [one for one in body if not _is_fixed(one)]
    return bool(said) and isinstance(said[0], ast.ImportFrom) and all(map(_is_passed_on, said[1:]))


def _is_passed_on(statement):
    match statement:
        case ast.Return(ast.Attribute()):
            return True
        case ast.Return(ast.Call(ast.Name(), arguments, [])) | ast.Expr(ast.Call(ast.Name(), arguments, [])):
            return all(isinstance(one, ast.Name | ast.Attribute) for one in arguments)
    return False


@pytest.mark.parametrize(
    "source",
    [
        "def f(a): return a + 1",
        "def f(a): return g(a)",
        "def f(a):\n 'Do.'\n from b import g\n return g(a + 1)",
        "def f(a):\n 'Do.'\n from b import g\n if a: g(a)",
        "class A:\n async def f(self): await self.b()",
    ],
)
def test_logic_is_seen(source):
    assert decides(source)


@pytest.mark.parametrize(
    "source",
    [
        "def f(a):\n 'Do.'\n from b import g\n g(a.b, a.c)\n return C.D",
        "A = 1",
        "def f(a):\n 'Return it.'\n return a",
        "class A(Protocol):\n def f(self): ...",
    ],
)
def test_what_is_only_written_down_needs_no_test(source):
    assert not decides(source)


def test_every_module_with_logic_has_a_test_of_its_place():
    assert untested() == [], "write tests/<room>/test_<module>.py"


def test_the_rooms_that_are_left_out_exist():
    assert [room for room in TESTED_BY_TABLE if not (SCANNER / room).is_dir()] == []


@pytest.mark.xdist_group("one-worker")
def test_a_group_of_tests_has_one_worker(request):
    """Laboratories share the kernel's tables, and what a file makes once is made once for each worker."""
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("only a run by several workers has groups")
    assert request.node.nodeid.endswith("@one-worker"), "this pytest-xdist does not group under this pytest"
