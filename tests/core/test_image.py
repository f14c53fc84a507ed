import pytest

from scanner.core.guard import Guard
from scanner.core.image import Image, ImageSign, SignTerm, image_sign, only_loopback

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
        ("lts-alpine3.19", Guard.CLOSED),
        ("?", Guard.UNKNOWN),
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
    assert image_sign(text).terms[0].fits(value) is fits


def test_another_notation_is_refused():
    with pytest.raises(ValueError, match="is no sign"):
        image_sign("maybe: X")


@pytest.mark.parametrize("text", ["closed: A &", "closed: <x", "open: !", "closed: A & =x"])
def test_a_term_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="is no sign"):
        image_sign(text)


def test_terms_that_hold_together():
    assert image_sign("closed: USER & !--open & LISTEN=@loopback & <5.1 & */casc*") == ImageSign(
        Guard.CLOSED,
        (
            SignTerm("USER"),
            SignTerm("--open", negated=True),
            SignTerm("LISTEN", ("@loopback",)),
            SignTerm("<", ("5.1",)),
            SignTerm("*/casc*"),
        ),
    )


@pytest.mark.parametrize(
    ("term", "tag", "fits"),
    [
        ("<5", "4.4.19", True),
        ("<5", "5", False),
        (">=5", "v5.8-alpine", True),
        (">=5", "latest", True),
        ("<5", "", False),
        ("<5", "?", None),
        (">=5", "custom", None),
    ],
)
def test_a_term_may_speak_of_the_version(term, tag, fits):
    assert image_sign(f"closed: X & {term}").terms[1].fits_version(tag) is fits


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1 -::1", True),
        ("localhost:9090", True),
        ("http://127.0.0.1:2379,http://localhost:4001", True),
        ("[::1]:80", True),
        ("::1", True),
        ("127.0.0.1,::1", True),
        ("", False),
        (":9090", False),
        ("0.0.0.0", False),
        ("::", False),
        ("127.0.0.1 10.0.0.5", False),
        ("127.0.0.1,10.0.0.5", False),
        ("http://127.0.0.1:2379,http://10.0.0.5:2379", False),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
    ],
)
def test_addresses_of_the_container_alone(text, alone):
    assert only_loopback(text) is alone
