import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.core.tomltext import LIMIT_BYTES, parse_toml, read_toml


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (".".join("a" * 100_000) + " = 1", "x:1: a key has more"),
        ("a = 1\n[" + " . ".join("a" * 100_000) + "]", "x:2: a key has more"),
        ("x = {" + ".".join("a" * 30_000) + " = 1}", "x:1: a key has more"),
        ("x = '''\n\n'''\n" + ".".join(['"a"'] * 10_000) + " = 1", "x:4: a key has more"),
        ("".join(f"a.b.k{number} = 1\n" for number in range(100_000)), "more than 20,000 dotted keys"),
        ("x=" + "[" * 100_000 + "]" * 100_000, "too deep"),
        ("x=" + "{a=" * 20_000 + "1" + "}" * 20_000, "too deep"),
        ("x = " + "9" * 900_000, "too long"),
        ("x = 1\n" * 800_000, "longer than 4 MiB"),
        ("a = 1\nb = =\n", "x:2: not TOML"),
    ],
)
def test_hostile_toml_is_refused_before_it_costs_anything(text, told):
    with pytest.raises(UsageError, match=told):
        parse_toml(text, "x")


def test_what_windows_saves_is_read(tmp_path):
    # Field case G04.
    for raw in (b"\xef\xbb\xbfa = 1\r\nb = 'x.y'\r\n", "a = 1\nb = 'x.y'\n".encode("utf-16"), b"a = 1\rb = 'x.y'\r"):
        file = tmp_path / "x.toml"
        file.write_bytes(raw)
        table, text = read_toml(file)
        assert table == {"a": 1, "b": "x.y"}
        assert "x.y" in text


def test_dots_in_values_are_no_keys():
    dots = ".".join("a" * 100)
    assert parse_toml(f"x = '{dots}'\ny = [\"{dots}\", '''{dots}\n''']\n# {'. ' * 9}\n", "x")["x"] == dots


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_file_that_cannot_be_read_is_a_usage_error(tmp_path, name):
    with pytest.raises(UsageError, match="can't be read"):
        read_toml(tmp_path / name)


@given(st.text(max_size=80))
def test_any_text_is_a_table_or_refused(text):
    assert len(text) <= LIMIT_BYTES
    try:
        table = parse_toml(text, "x")
    except UsageError:
        table = {}
    assert isinstance(table, dict)
