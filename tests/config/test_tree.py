from scanner.config.tree import members, read_json, read_yaml


def named(settings):
    return {entry.name: (entry.value, entry.anchor.line) for entry in settings}


def test_nested_and_dotted_names_are_one():
    assert named(read_yaml("a:\n  b:\n    c: 1\nd.e: x\n", "f")) == {"a.b.c": ("1", 3), "d.e": ("x", 4)}


def test_a_value_is_never_constructed():
    settings = read_yaml("a: !!python/object/apply:os.system ['id']\n", "f")
    assert named(settings) == {"a.0": ("id", 1)}


def test_null_is_empty_and_a_quoted_null_is_a_word():
    assert named(read_yaml("a: null\nb: 'null'\n", "f")) == {"a": ("", 1), "b": ("null", 2)}


def test_aliases_that_multiply_end_at_the_limit():
    text = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n"
    for number in range(1, 9):
        text += f"a{number}: &a{number} [{','.join([f'*a{number - 1}'] * 10)}]\n"
    settings = read_yaml(text, "f")
    assert len(settings.entries) <= 20_000
    assert settings.unread


def test_aliases_of_lists_that_hold_nothing_end_at_the_limit():
    text = "a0: &a0 [[],[],[],[],[],[],[],[],[],[]]\n"
    for number in range(1, 12):
        text += f"a{number}: &a{number} [{','.join([f'*a{number - 1}'] * 10)}]\n"
    (unread,) = read_yaml(text, "f").unread
    assert unread.why == "it holds more than 200000 values"


def test_a_name_is_bounded_however_often_it_would_be_written():
    settings = read_yaml(f"? {'k' * 100_000}\n: [{','.join('1' * 5_000)}]\nb: 2\n", "f")
    assert named(settings) == {"b": ("2", 3)}
    assert [unread.anchor.line for unread in settings.unread] == [2]


def test_a_list_that_is_deeper_than_any_of_a_configuration_is_told_with_its_line():
    (unread,) = read_yaml("[" * 2_000, "f").unread
    assert unread.anchor.line == 1


def test_both_loaders_read_the_same(monkeypatch):
    text = "a: ~\nb: '~'\nc: {d: [1, x: y]}\ne: |\n  1\n  2\nf: &f \"\\u00e9\"\ng: *f\nh:\r\n- !x null\n"
    fast = read_yaml(text, "f")
    monkeypatch.delattr("yaml.CSafeLoader")
    assert read_yaml(text, "f") == fast
    assert len(fast.entries) == 8


def test_an_alias_to_itself_ends():
    assert read_yaml("a: &a [*a]\n", "f").unread


def test_tabs_of_json_keep_the_lines():
    assert named(read_json('{\n\t"a":\t1\n}', "f")) == {"a": ("1", 2)}


def test_what_is_no_yaml_is_said_with_its_line():
    (unread,) = read_yaml("a: 1\nb: [\n", "f").unread
    assert unread.anchor.line >= 2


def test_members_of_a_list_and_of_a_comma_separated_value():
    assert [m.value for m in members(read_yaml("a: [x, y]\n", "f"), "a")] == ["x", "y"]
    assert [m.value for m in members(read_yaml("a: x, y\n", "f"), "a")] == ["x", "y"]


def test_lines_are_numbered_as_an_editor_does():
    assert named(read_yaml("a: 'x\x85y'\nb: 'x\u2028y'\nc: z\n", "f"))["c"] == ("z", 3)
    (unread,) = read_yaml("a: 'x\x85\u2028y'\nb: [\n", "f").unread
    assert unread.anchor.line in {2, 3}
