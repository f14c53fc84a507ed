import pytest

from scanner.core.count import counted


@pytest.mark.parametrize(
    ("number", "noun", "told"),
    [
        (0, "key", "0 keys"),
        (1, "container", "1 container"),
        (2, "index", "2 indices"),
        (3, "proxy", "3 proxies"),
        (2, "key", "2 keys"),
        (2, "repository", "2 repositories"),
        (2, "address", "2 addresses"),
        (2, "open port", "2 open ports"),
        (9_999, "key", "9999 keys"),
        (12_000, "address", "12,000 addresses"),
        (None, "key", "an unknown number of keys"),
    ],
)
def test_one_is_no_plural(number, noun, told):
    assert counted(number, noun) == told


@pytest.mark.parametrize(("number", "told"), [(1, "1 port was not seen"), (2, "2 ports were not seen")])
def test_a_verb_agrees(number, told):
    assert f"{counted(number, 'port', 'was', 'were')} not seen" == told
