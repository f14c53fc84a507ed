import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.core.yamltext import MOST_NODES, Mapping, Scalar, parse_yaml


def read(text):
    return list(parse_yaml(text, "file.yaml"))


def plain(node):
    if isinstance(node, Scalar):
        return None if node.is_null else node.text
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.pairs.items()}
    return [plain(item) for item in node.items]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1\nb: [x, 'y']\n", {"a": "1", "b": ["x", "y"]}),
        ("a:\nb: ~\nc: ''\n", {"a": None, "b": None, "c": ""}),
        ("x: &x {k: 1}\ny: *x\n", {"x": {"k": "1"}, "y": {"k": "1"}}),
        ("x: &x {k: 1, l: 2}\ny: {<<: *x, k: 3}\n", {"x": {"k": "1", "l": "2"}, "y": {"k": "3", "l": "2"}}),
        ("a: &a {k: 1}\nb: &b {k: 2, l: 3}\nc: {<<: [*a, *b]}\n", {"c": {"k": "1", "l": "3"}}),
        ("a: &a {k: 1}\nb: &b {<<: *a}\nc: {<<: *b}\n", {"c": {"k": "1"}}),
        ("c: {'<<': 1}\n", {"c": {"<<": "1"}}),
        ("22:22\n", "22:22"),
    ],
)
def test_trees_merges_and_aliases(text, value):
    (node,) = read(text)
    got = plain(node)
    assert got == value or {key: got[key] for key in value} == value


def test_lines_and_documents():
    first, second = read("a:\n  - x\n  - y\n---\nb: z\n")
    assert [item.line for item in first.pairs["a"].items] == [2, 3]
    assert (second.pairs["b"].line, second.pairs["b"].file) == (5, "file.yaml")


def test_only_the_tags_of_compose_are_kept():
    (node,) = read("a: !reset null\nb: !override [x]\nc: !!python/object/apply:os.system [x]\n")
    assert [node.pairs[key].tag for key in "abc"] == ["!reset", "!override", ""]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", r"file\.yaml:2: the key `a` stands twice"),
        ("a: &a [*a]\n", r":1: the anchor `a` is used inside itself"),
        ("a: *b\n", "`b` is nowhere defined"),
        ("? [a]\n: b\n", "a key is a list or a mapping"),
        ("<<: x\n", "`<<` takes a mapping"),
        ("a: [", r"file\.yaml:\d: is not YAML"),
        ("\x07", "is not YAML"),
        ("[" * 100_000, "not YAML|nested deeper"),
        ("? " * 100_000, "nested deeper"),
        ("{a: " * 100_000, "nested deeper"),
        ("".join(" " * n + "a:\n" for n in range(200)), "nested deeper"),
        ("".join(f"k{n}: v\n" for n in range(MOST_NODES)), "more than 50,000"),
        ("---\n" * (MOST_NODES + 1), "more than 50,000"),
        (
            "a: &a {" + ", ".join(f"k{n}: 1" for n in range(999)) + "}\nb: [" + "{<<: *a}, " * 100 + "]\n",
            "more than 50,000",
        ),
    ],
)
def test_what_is_refused_is_one_line(text, message):
    with pytest.raises(UsageError, match=message) as raised:
        read(text)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("values", "fits"),
    [("[1, 2, 3]", True), ("[1, 2, 3, 4]", False), ("1", True), ("[&c [1, 2]]", True), ("[[1, 2, 3]]", False)],
)
def test_an_alias_counts_as_what_it_stands_for_where_the_tree_is_unfolded(values, fits):
    # Beside the list, 9,999 aliases of it: 49,995 values where it has four members.
    text = f"a: &a {values}\nb: [{'*a, ' * 9_999}]\n"
    assert len(read(text)) == 1
    assert _fits(text) is fits


def test_aliases_of_aliases_count_whole():
    text = "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 10}]\n" if n else "a0: &a0 x\n" for n in range(9))
    assert len(read(text)) == 1
    assert not _fits(text)


def _fits(text):
    why = ""
    try:
        list(parse_yaml(text, "file.yaml", unfolded=True))
    except UsageError as error:
        why = str(error)
    assert not why or "more than 50,000 values" in why
    return not why


def test_an_anchor_does_not_reach_into_the_next_document():
    with pytest.raises(UsageError, match="nowhere defined"):
        read("a: &a 1\n---\nb: *a\n")


@given(st.text(max_size=200))
def test_any_text_is_a_tree_or_one_line(text):
    message = ""
    try:
        read(text)
    except UsageError as error:
        message = str(error)
    assert "\n" not in message
