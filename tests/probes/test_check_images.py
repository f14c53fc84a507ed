import pytest

from scanner.core.errors import UsageError
from scanner.core.facts import Access
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.probes.check_images import images_of

LEAST = """
[[lint]]
names = ["panel", "example/panel"]
ports = [80, 8080]
rule = "panel-open"
why = "it asks for nothing"
source = "https://example.org"
"""


def images(tmp_path, text):
    file = tmp_path / "check.toml"
    file.write_text(text)
    return images_of(file)


def test_what_is_left_out_is_open_for_every_tag(tmp_path):
    assert images(tmp_path, LEAST) == (
        Image(
            names=("panel", "example/panel"),
            ports=(80, 8080),
            rule="panel-open",
            why="it asks for nothing",
            source="https://example.org",
        ),
    )
    assert images(tmp_path, LEAST * 2) == images(tmp_path, LEAST) * 2


def test_everything_that_may_be_said(tmp_path):
    more = """
tags = ["2*"]
default = [["", "open"], ["2", "closed"]]
signs = ["closed: PASSWORD", "open: --insecure"]
files = ["*.conf"]
access = "metadata"
"""
    (image,) = images(tmp_path, LEAST + more)
    assert (image.tags, image.files, image.access) == (("2*",), ("*.conf",), Access.METADATA)
    assert image.defaults == (("", Guard.OPEN), ("2", Guard.CLOSED))
    assert image.signs == ("closed: PASSWORD", "open: --insecure")


def test_a_check_without_images_has_none(tmp_path):
    assert images(tmp_path, 'id = "x"') == ()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("rule =", "rul =", "unknown field 'rul' in [[lint]]"),
        ("why =", "# why =", "'why'"),
        ('names = ["panel", "example/panel"]', 'names = "panel"', "names takes a list"),
        ("ports = [80, 8080]", "ports = 80", "ports takes a list"),
        ("why =", 'signs = "closed: A"\nwhy =', "signs takes a list"),
        ("why =", 'signs = ["shut: A"]\nwhy =', "`shut: A` is no sign"),
        ("why =", 'default = [["", "ajar"]]\nwhy =', "ajar"),
        ("why =", 'default = ["open"]\nwhy =', "[[lint]]"),
        ("why =", 'access = "root"\nwhy =', "ROOT"),
    ],
)
def test_every_mistake_is_one_line_that_names_the_file(tmp_path, old, new, says):
    with pytest.raises(UsageError) as caught:
        images(tmp_path, LEAST.replace(old, new))
    assert says in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path}/check.toml: ")
