import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.targets.compose.variables import fill

KNOWN = {"A": "1", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "filled", "unset"),
    [
        ("plain", "plain", ()),
        ("$A ${A}", "1 1", ()),
        ("$$A $1 $", "$A $1 $", ()),
        ("${B:-${A}2}x", "12x", ()),
        ("${B-$A}", "1", ()),
        ("${EMPTY:-x} ${EMPTY-x}|", "x |", ()),
        ("${A:+y} ${B:+y} ${EMPTY+z}", "y  z", ()),
        ("${B:-{}}", "{}", ()),
        ("$B", "", ("B",)),
        ("${B}${C:?say so}${B}", "", ("B", "C")),
        ("${B:-$C}", "", ("C",)),
    ],
)
def test_the_forms_of_a_variable(text, filled, unset):
    assert fill(text, KNOWN.get) == (filled, unset)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${", "not closed"),
        ("${A", "not closed"),
        ("${1}", "names no variable"),
        ("${A:80}", "no form"),
        ("${}", "names no variable"),
        ("${B:-" * 30 + "}" * 30, "nested deeper"),
        ("$A" * 100_000, "longer than"),
    ],
)
def test_what_compose_calls_an_invalid_template(text, message):
    with pytest.raises(ValueError, match=message):
        fill(text, KNOWN.get)


def test_what_variables_make_is_bounded():
    with pytest.raises(ValueError, match="make a text longer"):
        fill("$X" * 100, {"X": "x" * 10_000}.get)


@given(st.text(alphabet="${}AB:-+? ", max_size=60))
def test_any_text_is_filled_or_refused(text):
    try:
        filled = fill(text, KNOWN.get).text
    except ValueError:
        return
    assert len(filled) <= len(text) + 1
