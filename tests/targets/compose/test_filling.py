import pytest

from scanner.core.errors import UsageError
from scanner.core.yamltext import Scalar, parse_yaml
from scanner.targets.compose import filling
from scanner.targets.compose.filling import Filler
from scanner.targets.compose.steps import MOST_STEPS, Steps, TooMuch


def tree(text):
    (node,) = parse_yaml(text, "c.yaml")
    return node


def test_variables_are_put_in_everywhere_but_in_keys():
    filled = Filler({"A": "1"}, Steps()).fill(tree("$A: [$A, {b: 'x${A}y'}]\n"))
    items = filled.pairs["$A"].items
    assert (items[0].text, items[1].pairs["b"].text, items[1].pairs["b"].plain) == ("1", "x1y", False)
    assert items[0].line == 1


def test_what_has_no_value_is_blank_and_named():
    filled = Filler({}, Steps()).fill(tree("a: ${B}c${B:-}\n"))
    assert (filled.pairs["a"].text, filled.pairs["a"].unset) == ("c", ("B",))


def test_what_is_shared_is_filled_once_and_stays_shared():
    filler = Filler({"A": "1"}, Steps())
    filled = filler.fill(tree("a: &x [$A]\nb: *x\nc: *x\n"))
    assert filled.pairs["a"] is filled.pairs["b"] is filled.pairs["c"]
    assert filler.chars == 1
    assert filler.steps.taken == 3


def test_a_tree_without_variables_keeps_its_values():
    node = tree("a: b\n")
    assert Filler({}, Steps()).fill(node) == node


@pytest.mark.parametrize("text", ["${", "${A:80}", "${" + "\x1b" * 3])
def test_an_invalid_template_is_one_line_with_its_place(text):
    with pytest.raises(UsageError) as caught:
        Filler({}, Steps()).fill(Scalar(text, "c.yaml", 7))
    assert (caught.value.file, caught.value.line) == ("c.yaml", 7)
    assert str(caught.value).isprintable()


def test_what_variables_grow_to_is_bounded_over_all_trees(monkeypatch):
    monkeypatch.setattr(filling, "_MOST_CHARS", 10)
    filler = Filler({"A": "12345"}, Steps())
    filler.fill(tree("[$A, $A]"))
    with pytest.raises(UsageError, match="grow beyond"):
        filler.fill(tree("$A"))


def test_each_value_is_a_step():
    with pytest.raises(TooMuch):
        Filler({}, Steps(MOST_STEPS - 2)).fill(tree("[a, b, c]"))
