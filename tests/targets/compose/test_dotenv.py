import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.targets.compose.dotenv import NotDotenv, parse_dotenv


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("A=1\n# c\n\nexport B = 2\nC: 3\n", {"A": "1", "B": "2", "C": "3"}),
        ("A=x # why\nB=x#y\nC= # all\n", {"A": "x", "B": "x#y", "C": "# all"}),
        ("A='x $B \\' y'\nB=\"a\\tb\\\"$A\" # c\n", {"A": "x $B ' y", "B": "a\tb\"x $B ' y"}),
        ('A="one\ntwo"\nB=3', {"A": "one\ntwo", "B": "3"}),
        ("A=$X\nB=$Y\nC=${Y:-z}\n", {"A": "outside", "C": "z"}),
        ("X\nNONE\n", {"X": "outside"}),
        ('A="\\x41 \\$A \\0101"\n', {"A": "\\x41 $A A"}),
        ("A=\nB=", {"A": "", "B": ""}),
    ],
)
def test_the_notations(text, values):
    assert parse_dotenv(text, {"X": "outside"}) == values


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("A=1\nthis is no pair\n", 2, "is not NAME=value"),
        ("\n\n!\n", 3, "is not NAME=value"),
        ("A='x\n", 1, "quote is not closed"),
        ("A=${\n", 1, "not closed"),
    ],
)
def test_what_compose_refuses_has_a_line(text, line, message):
    with pytest.raises(NotDotenv, match=message) as raised:
        parse_dotenv(text, {})
    assert raised.value.line == line


@given(st.text(alphabet="AB='\"\\$#{} \n:-", max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        values = parse_dotenv(text, {"A": "1"})
    except NotDotenv as error:
        values = {"line": str(error.line)}
    assert all(isinstance(value, str) for value in values.values())
