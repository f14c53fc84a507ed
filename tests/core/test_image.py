import pytest

from scanner.core.guard import Guard
from scanner.core.image import Image, image_sign

AGED = Image(
    names=("es", "*/es"),
    ports=(9200,),
    rule="r",
    defaults=(("5.0", Guard.OPEN), ("8.0", Guard.CLOSED)),
    why="w",
    source="https://example.org",
)


@pytest.mark.parametrize(
    ("tag", "guard"),
    [
        ("7.17.9", Guard.OPEN),
        ("8", Guard.CLOSED),
        ("8.0.0", Guard.CLOSED),
        ("v8.1-alpine", Guard.CLOSED),
        ("10", Guard.CLOSED),
        ("latest", Guard.CLOSED),
        ("", Guard.CLOSED),
        ("4.1", Guard.UNKNOWN),
        ("nightly", Guard.UNKNOWN),
    ],
)
def test_the_version_of_a_tag_decides_the_default(tag, guard):
    assert AGED.default(tag) is guard


def test_names_are_globs_of_repositories():
    assert AGED.is_named("es", "1")
    assert AGED.is_named("registry.example/es", "1")
    assert not AGED.is_named("estate", "1")


@pytest.mark.parametrize(
    ("text", "value", "fits"),
    [
        ("closed: PASSWORD", "x", True),
        ("closed: PASSWORD", "", False),
        ("open: EMPTY=yes|true", "TRUE", True),
        ("open: EMPTY=yes|true", "no", False),
        ("open: --token=", "", True),
        ("open: --token=", "x", False),
        ("open: LISTEN=*0.0.0.0*", "http://0.0.0.0:1", True),
    ],
)
def test_the_notation_of_signs(text, value, fits):
    assert image_sign(text).fits(value) is fits


def test_another_notation_is_refused():
    with pytest.raises(ValueError, match="is no sign"):
        image_sign("maybe: X")
