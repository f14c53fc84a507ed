import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.config.kinds import pg_hba


def records(text):
    return [(entry.value, entry.anchor.line) for entry in pg_hba.KIND.read(text, "pg_hba.conf")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# x\nlocal\tall  all  peer # y", [("local all all peer", 2)]),
        ('host "my db" "my # user" ::1/128 md5', [("host mydb my#user ::1/128 md5", 1)]),
        ("host a, b,c all ::1/128 md5", [("host a,b,c all ::1/128 md5", 1)]),
        ('host "" all ::1/128 "trust"', [("host ? all ::1/128 trust", 1)]),
        ("host all \\\nall ::1/128 \\\n md5\nlocal a b peer", [("host all all ::1/128 md5", 1), ("local a b peer", 4)]),
        ("host all\\", [("host all", 1)]),
        ('host "open all', [("host openall", 1)]),
    ],
)
def test_a_field_is_one_word(text, found):
    assert records(text) == found


@given(st.lists(st.sampled_from(["host", '"', "a b", ",", " ", "#", "\\", "\n", "trust"]), max_size=30).map("".join))
def test_each_line_is_at_most_one_record(text):
    found = records(text)
    assert len(found) <= text.count("\n") + 1
    assert all('"' not in value for value, _ in found)
