"""Tests neither sleep nor assert how long something took: on a busy machine both fail without a fault.

A wait is for an event or a condition; time that matters is passed in (`scanner.net.clock`, `tests/support`).
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLOCKS = {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "time", "time_ns"}
EXCEPTIONS = {
    "tests/support/intermediaries.py": "answers that are late, on a loop whose clock jumps over the wait",
    "tests/bench/fault_peers.py": "plays peers that are slow in real time, for the benchmark's laboratory",
    "tests/bench/fault_runs.py": "the benchmark's laboratory runs in real time",
    "tests/bench/sweep_rows.py": "the benchmark's laboratory runs in real time",
    "tests/fleet/server.py": "polls whether a real server is ready or gone; it has no event to wait for",
    "tests/lab/test_sweep.py": "a link is down, or a process frozen, for a while of the kernel's own time",
    "tests/net/test_http.py": "a peer drips real bytes against the deadline of real sockets",
    "tests/net/test_stream.py": "a peer drips real bytes against the deadline of real sockets",
    "tests/probes/test_contact.py": "a peer drips real bytes against the deadline of real sockets",
    "tests/sweep/syn/test_forged.py": "polls a tally that another thread counts, in the kernel's own time",
    "tests/sweep/syn/test_lab.py": "a link is down for a while of the kernel's own time; polls another thread's tally",
}


def imported(tree: ast.AST) -> dict[str, str]:
    """Return the full name behind each name that `time` and `asyncio` are known by."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {one.asname or one.name: one.name for one in node.names if one.name in {"time", "asyncio"}}
        elif isinstance(node, ast.ImportFrom) and node.module in {"time", "asyncio"}:
            names |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return names


def full_name(node: ast.AST, names: dict[str, str]) -> str:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{names.get(node.value.id, '')}.{node.attr}"
    return names.get(node.id, "") if isinstance(node, ast.Name) else ""


def sleeps(tree: ast.AST) -> list[int]:
    """Return the lines of `time.sleep`, called or passed on, and of `asyncio.sleep` of anything but 0."""
    names = imported(tree)
    turns = {
        id(node.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and full_name(node.func, names) == "asyncio.sleep"
        and [getattr(one, "value", None) for one in node.args] == [0]
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if full_name(node, names) in {"time.sleep", "asyncio.sleep"} and id(node) not in turns
    ]


def timing_asserts(tree: ast.AST) -> list[int]:
    """Return the lines of assertions that read a clock, or a name computed from one in the same function."""
    names = imported(tree)
    clocks = {f"time.{name}" for name in CLOCKS}
    found: set[int] = set()
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        known: set[str] = set()

        def from_a_clock(node: ast.AST, known: set[str] = known) -> bool:
            return any(
                (isinstance(one, ast.Call) and full_name(one.func, names) in clocks)
                or (isinstance(one, ast.Name) and one.id in known)
                for one in ast.walk(node)
            )

        for node in sorted(ast.walk(function), key=lambda one: getattr(one, "lineno", 0)):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp | ast.Call | ast.Tuple):
                arithmetic = not isinstance(node.value, ast.Call) or full_name(node.value.func, names) in clocks
                if arithmetic and from_a_clock(node.value):
                    known |= {
                        one.id for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name)
                    }
            elif isinstance(node, ast.Assert) and from_a_clock(node.test):
                found.add(node.lineno)
    return sorted(found)


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.sleep(1)",
        "import time as t\nt.sleep(0)",
        "from time import sleep\nsleep(1)",
        "import time\nWAIT = time.sleep",
        "import asyncio\nasyncio.sleep(0.1)",
        "from asyncio import sleep as nap\nnap(x)",
    ],
)
def test_a_sleep_is_seen(source):
    assert sleeps(ast.parse(source)) == [2]


@pytest.mark.parametrize("source", ["import asyncio\nasyncio.sleep(0)", "clock.sleep(3)", "event.wait(3)"])
def test_a_turn_of_the_loop_and_a_clock_that_was_passed_in_are_no_sleep(source):
    assert sleeps(ast.parse(source)) == []


@pytest.mark.parametrize(
    "body",
    [
        "assert time.monotonic() - began < 2",
        "began = time.perf_counter(); took = time.perf_counter() - began\n assert took < 2",
        "began = time.time()\n assert 1 < now() - began < 2",
    ],
)
def test_an_assertion_on_time_is_seen(body):
    assert len(timing_asserts(ast.parse(f"import time\ndef test():\n {body}"))) == 1


@pytest.mark.parametrize(
    "body", ["budget = Budget(time.monotonic() + 5, 10)\n assert budget.left == 10", "assert time"]
)
def test_an_assertion_on_what_was_given_a_deadline_is_none(body):
    assert timing_asserts(ast.parse(f"import time\ndef test():\n {body}")) == []


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Parse each file of the tests that names a clock or a sleep."""
    for file in sorted((ROOT / "tests").rglob("*.py")):
        text = file.read_text("utf-8")
        if "sleep" in text or "import time" in text or "from time" in text:
            yield str(file.relative_to(ROOT)), ast.parse(text)


def test_no_test_asserts_how_long_something_took():
    found = {name: lines for name, tree in trees() if (lines := timing_asserts(tree))}
    assert found == {}, "speed is measured by make bench, and never asserted"


def test_only_the_exceptions_sleep():
    found = {name: lines for name, tree in trees() if (lines := sleeps(tree))}
    unexpected = {name: lines for name, lines in found.items() if name not in EXCEPTIONS}
    assert unexpected == {}, "wait for an event or a condition, or pass a clock in"
    assert EXCEPTIONS.keys() - found == set(), "it sleeps no more: take it off the exceptions"
