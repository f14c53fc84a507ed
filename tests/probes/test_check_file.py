import pytest

from scanner.cli.checks import _TEMPLATE
from scanner.core.errors import UsageError
from scanner.probes.check_file import read_check
from scanner.probes.examples import failing_examples

GOOD = _TEMPLATE.format(id="my-panel", title="My Panel")


def write(tmp_path, text):
    file = tmp_path / "check.toml"
    file.write_text(text)
    return file


async def test_the_template_is_a_valid_check_whose_examples_come_out(tmp_path):
    assert await failing_examples(read_check(write(tmp_path, GOOD))) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("schema = 1", "schema = 2", "schema = 1 is missing"),
        ("schema = 1", "", "schema = 1 is missing"),
        ('id = "my-panel"', 'id = "My Panel"', "kebab-case"),
        ("ports = [8080]", "ports = [70000]", "70000 is not a port"),
        ("ports = [8080]", "", "ports are missing"),
        ("[identity]\n", "[identity]\nbody = 1\n", "unknown field 'body'"),
        ("[evidence]\n", "[evidence]\nx = { path = '/x', count = true }\n", "where the value stands"),
        ("[exposed]\n", "[exposed]\nregex = 'a+'\n", "unknown field 'regex'"),
        ('access = "data"', 'access = "root"', "access is one of metadata, data, control"),
        ('path = "/api/items"\naccess', 'path = "http://elsewhere/"\naccess', "start with /"),
        ("status = [200]", "status = 200", "status takes a list"),
        ("{ status = [200] }, { words", '{ matches = "a+" }, { words', "is not a condition"),
        ('controls = "data"', 'controls = "world"', "controls is one of"),
        ('remedy = ["# in its configuration:", "bind = 127.0.0.1"]', "", "needs a remedy"),
        ('verdict = "protected"', 'verdict = "none"', "needs an [[example]] with verdict 'protected'"),
        ("schema = 1", "schema = ", "not TOML"),
        ("ports = [8080]", "ports = [8080]\nicons = [4294967296]", "4294967296 is not the hash of an icon"),
        ("ports = [8080]", "ports = [8080]\nicons = [true]", "True is not the hash of an icon"),
        ("ports = [8080]", "ports = [8080]\nicons = 7", "icons takes a list"),
    ],
)
def test_every_mistake_is_named_with_file_and_line(tmp_path, old, new, complaint):
    assert old in GOOD
    with pytest.raises(UsageError) as caught:
        read_check(write(tmp_path, GOOD.replace(old, new, 1)))
    assert complaint in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path}/check.toml:")


def test_the_line_is_the_line_of_the_mistake(tmp_path):
    with pytest.raises(UsageError) as caught:
        read_check(write(tmp_path, "\n\n" + GOOD.replace("[exposed]\n", "[exposed]\nregex = 'a'\n")))
    lines = ("\n\n" + GOOD.replace("[exposed]\n", "[exposed]\nregex = 'a'\n")).splitlines()
    assert lines[caught.value.line - 1] == "regex = 'a'"


async def test_a_wrong_example_is_told(tmp_path):
    file = write(tmp_path, GOOD.replace('verdict = "none"', 'verdict = "exposed"', 1) + GOOD[GOOD.rindex("[[ex") :])
    assert len(await failing_examples(read_check(file))) == 1
