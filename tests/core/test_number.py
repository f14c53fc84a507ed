import ast
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scanner
from scanner.core.number import LARGEST, parse_number, parse_real

ROOT = Path(scanner.__file__).parent

NO_NUMBERS = ["", " 1", "1 ", "+1", "-1", "1_0", "²", "१", "1.0", "0x1", "1e3", "nan", "9" * 5_000, "1\n", "\ud800"]
"""What Python's `int`, or `isdigit` before it, takes for a number or stumbles over (issue 13: `db0:keys=²`)."""


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_only_plain_digits_are_a_number(text):
    assert parse_number(text) is None
    assert parse_number(text.encode("utf-8", "replace")) is None


@given(st.integers(0, LARGEST))
def test_a_number_as_a_peer_writes_it_is_read(number):
    assert parse_number(str(number)) == parse_number(f"{number}".encode()) == number
    assert parse_number(f"{number:x}", base=16) == number
    assert parse_number(f"-{number}", signed=True) == -number


def test_a_number_beyond_the_limit_is_none():
    assert parse_number(str(LARGEST + 1)) is None
    assert parse_number("65536", most=65_535) is None
    assert parse_number("-65536", most=65_535, signed=True) is None
    assert parse_number("fffff", base=16, most=65_535) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_fraction_as_a_peer_writes_it_is_read(value):
    assert parse_real(repr(value)) == value


@pytest.mark.parametrize("text", [*NO_NUMBERS[:2], "nan", "inf", "1e999", "1_0.0", "²", "0x1p3", "1.0 ", "9" * 5_000])
def test_only_a_finite_fraction_is_one(text):
    assert parse_real(text) is None


@given(st.text(max_size=30) | st.binary(max_size=30))
def test_whatever_a_peer_writes_nothing_is_raised(text):
    number, real = parse_number(text, signed=True), parse_real(text)
    assert number is None or abs(number) <= LARGEST
    assert real is None or math.isfinite(real)


ROOMS = ("services", "wire", "net", "probes")
OWN_NUMBERS = {
    ("services/messaging/rabbitmq_prometheus.py", "int(count)"): "a float that parse_real read",
    ("net/dial.py", "int(zone)"): "a zone of a target that was parsed already",
    ("net/reverse.py", "int(address)"): "an address of ours",
    ("wire/grpc.py", "int(digit)"): "a digit of ours, for a table",
    ("wire/grpc.py", "int(bits.ljust(-(-len(bits) // 8) * 8, '1'), 2)"): "bits of ours, for a table",
    ("probes/probing_processes.py", "int(one.name)"): "a descriptor of this process, as the kernel names it",
    ("probes/check_file.py", "int(line[1])"): "a line number out of an error of tomllib",
}


def test_no_other_code_turns_a_peers_text_into_a_number():
    found = []
    for path in sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        name = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"int", "float"}:
                call = ast.unparse(node)
                if (name, call) not in OWN_NUMBERS:
                    found.append(f"{name}:{node.lineno}: {call}: use scanner.core.number")
    assert found == []
