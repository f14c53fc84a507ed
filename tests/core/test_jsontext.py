import ast
import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scanner
from scanner.core.errors import Malformed
from scanner.core.jsontext import DEEPEST, LIMIT_BYTES, as_int, as_list, as_object, as_text, parse_json, parse_json_at

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_what_was_written_is_read(value):
    assert parse_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_malformed(data):
    try:
        parse_json(data)
    except Malformed as error:
        message = str(error)
        assert message.isprintable()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
        b"1" * 4_301,
        b"\xff\xfe",
        b'"\xff"',
        b"{'a': 1}",
        b"1 2",
        b'"' + b"x" * LIMIT_BYTES + b'"',
    ],
    ids=lambda data: repr(data[:12]),
)
def test_what_breaks_parsers_is_malformed(data):
    with pytest.raises(Malformed):
        parse_json(data)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_what_is_no_number_in_a_report_is_null(number):
    """H22: Python's servers write NaN, and a list that holds one is a list."""
    assert parse_json(f'[{{"name": "a", "load": {number}}}, 1.5]'.encode()) == [{"name": "a", "load": None}, 1.5]


def test_ordinary_floats_stay():
    assert parse_json(b"[1.5e300, -0.0, 1e-400]") == [1.5e300, 0.0, 0.0]
    assert math.copysign(1, parse_json(b"-0.0")) == -1


@pytest.mark.parametrize(
    ("value", "object_", "list_", "text", "number"),
    [
        (None, {}, [], None, None),
        (True, {}, [], None, None),
        (3, {}, [], None, 3),
        (3.0, {}, [], None, None),
        ("x", {}, [], "x", None),
        ("", {}, [], None, None),
        ([1], {}, [1], None, None),
        ({"a": 1}, {"a": 1}, [], None, None),
    ],
)
def test_a_stranger_s_field_is_read_only_if_it_has_the_type(value, object_, list_, text, number):
    assert (as_object(value), as_list(value), as_text(value), as_int(value)) == (object_, list_, text, number)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":[0,', "]}]")])
def test_json_inside_json_is_refused_before_anything_walks_it(opening, closing):
    """Issue 13: a fake Docker API whose KernelVersion is nested 600 deep ended the whole stage."""
    levels = sum(opening.count(one) for one in "[{")
    fits, too_deep = DEEPEST // levels, 600
    assert parse_json(opening * fits + "1" + closing * fits)
    for times in (fits + 1, too_deep, 100_000 // levels):
        with pytest.raises(Malformed):
            parse_json(opening * times + "1" + closing * times)


def test_values_beside_each_other_are_read_one_by_one():
    assert parse_json_at('{"a": [1.5, NaN]} 2', 0) == ({"a": [1.5, None]}, 17)
    assert parse_json_at('{"a": 1} 2', 9) == (2, 10)
    for text in ("", "x", "[" * 600 + "]" * 600, "[" * 100_000):
        with pytest.raises(Malformed):
            parse_json_at(text, 0)


OWN_TEXT = dict.fromkeys(
    ("history/resume.py", *(f"history/store/{name}.py" for name in ("ask", "held", "rows", "sights"))),
    "what this program wrote into its own database",
)


def test_json_is_read_in_one_place():
    root, found = Path(scanner.__file__).parent, set()
    sources = {path: path.read_text("utf-8") for path in sorted(root.rglob("*.py"))}
    for path, source in sources.items():
        for node in ast.walk(ast.parse(source)) if "json" in source else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"json.loads", "json.load", "json.JSONDecoder"}:
                found.add(str(path.relative_to(root)))
    assert found - set(OWN_TEXT) == {"core/jsontext.py"}, "read it with scanner.core.jsontext.parse_json"
