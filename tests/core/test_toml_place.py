"""The line of a key in a TOML text."""

import pytest

from scanner.core.toml_place import line_of

TEXT = 'top = 1\n\n[table]\nkey = "x"\n"quoted" = 1\n[[many]]\nkey = 1\n[[many]]\n  key = 2\n'


@pytest.mark.parametrize(
    ("table", "key", "index", "line"),
    [
        ("", "top", 0, 1),
        ("", "table", 0, 3),
        ("table", "key", 0, 4),
        ("table", "quoted", 0, 5),
        ("many", "key", 0, 7),
        ("many", "key", 1, 9),
        ("many", "missing", 1, 8),
        ("table", "missing", 0, 3),
        ("nowhere", "key", 0, 1),
    ],
)
def test_a_key_is_found_in_its_own_table_else_the_head_of_the_table(table, key, index, line):
    assert line_of(TEXT, table, key, index) == line
    assert line_of(TEXT.replace("\n", "\r\n"), table, key, index) == line
