"""One service over another (compose-spec 13, merge); compose-go agrees with the whole in test_compose_go.py."""

import pytest

from scanner.core.yamltext import Mapping, Scalar, Sequence, parse_yaml
from scanner.targets.compose.merge import Merger, as_list, as_names, as_pairs
from scanner.targets.compose.steps import MOST_STEPS, Steps, TooMuch


def tree(text):
    (node,) = parse_yaml(text, "c.yaml")
    return node


def plain(node):
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.pairs.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return None if node.is_null else node.text


@pytest.mark.parametrize(
    ("base", "over", "merged"),
    [
        ("{image: a, tty: t}", "{image: b}", {"image": "b", "tty": "t"}),
        ("{ports: ['1:1']}", "{ports: ['2:2']}", {"ports": ["1:1", "2:2"]}),
        ("{command: [a, b]}", "{command: [c]}", {"command": ["c"]}),
        ("{entrypoint: a}", "{entrypoint: [c]}", {"entrypoint": ["c"]}),
        ("{environment: [A=1, B]}", "{environment: {A: 2}}", {"environment": {"A": "2", "B": None}}),
        ("{environment: {A: 1}}", "{environment: [A, 'C=a=b']}", {"environment": {"A": None, "C": "a=b"}}),
        ("{environment: {A: 1}}", "{environment: {A: }}", {"environment": {"A": None}}),
        ("{networks: [a]}", "{networks: {b: {x: y}}}", {"networks": {"a": None, "b": {"x": "y"}}}),
        ("{env_file: a}", "{env_file: [b]}", {"env_file": ["a", "b"]}),
        ("{image: a}", "{image: }", {"image": "a"}),
        ("{ports: ['1:1']}", "{ports: }", {"ports": ["1:1"]}),
        ("{ports: ['1:1'], a: b}", "{ports: !reset []}", {"a": "b"}),
        ("{ports: ['1:1']}", "{ports: !override ['2:2']}", {"ports": ["2:2"]}),
        ("{build: {args: [A=1], b: c}}", "{build: {args: {A: 2}}}", {"build": {"args": {"A": "2"}, "b": "c"}}),
        ("{a: [b]}", "{a: c}", {"a": "c"}),
        ("{a: b}", "{a: {c: d}}", {"a": {"c": "d"}}),
    ],
)
def test_an_attribute_is_merged_by_its_kind(base, over, merged):
    assert plain(Merger(Steps()).merge(tree(base), tree(over))) == merged


def test_what_is_laid_over_nothing_stays_and_the_line_is_that_of_the_later():
    over = tree("\n{a: b}")
    assert Merger(Steps()).merge(None, over) is over
    assert Merger(Steps()).merge(tree("{c: d}"), over).line == 2


def test_merging_takes_steps():
    with pytest.raises(TooMuch):
        Merger(Steps(MOST_STEPS - 1)).merge(tree("{a: [b]}"), tree("{a: [c]}"))


@pytest.mark.parametrize(
    ("text", "pairs"),
    [("[A=1, A=2, B, [x], C=]", {"A": "2", "B": None, "C": ""}), ("A=b", {"A": "b"}), ("{A: 1}", {"A": "1"}), ("", {})],
)
def test_entries_by_name(text, pairs):
    node = tree(text) if text else Scalar("", "c.yaml", 1)
    assert plain(as_pairs(node)) == pairs


def test_names_and_single_values_are_lists_of_them():
    assert plain(as_names(tree("[a, {b: c}, d]"))) == {"a": None, "d": None}
    assert plain(as_list(tree("a"))) == ["a"]
    assert plain(as_list(tree("~"))) == []
    assert plain(as_list(tree("{a: b}"))) == [{"a": "b"}]
