import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.hostname import host_name
from scanner.core.text import clean


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("build.example.org.", "build.example.org"),
        ("Build.Example.ORG", "build.example.org"),
        ("printer", "printer"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("_srv.example", "_srv.example"),
        ("10-0-0-5.pool.example", "10-0-0-5.pool.example"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
        ("", None),
        (".", None),
        ("a..b", None),
        (".a", None),
        ("-a.example", None),
        ("a-.example", None),
        ("a" * 64 + ".example", None),
        (".".join(["a" * 60] * 5), None),
        ("10.0.0.5", None),
        ("2130706433", None),
        ("example.1", None),
        ("*.example", None),
        ("a b.example", None),
        ("b\u00fccher.example", None),
        ("\u2168.example", None),
        ("\u212a.example", None),
        ("a.example\n", None),
        ("<script>.example", None),
        ("\x1b]0;owned\x07", None),
        ("=1+1", None),
    ],
)
def test_only_what_has_the_form_of_a_host_name_is_one(text, name):
    assert host_name(text) == name


def test_a_certificates_name_may_stand_for_many():
    assert host_name("*.Example.org", wildcard=True) == "*.example.org"
    assert host_name("*", wildcard=True) is None
    assert host_name("a.*.org", wildcard=True) is None


@given(st.text(max_size=300) | st.from_regex(r"[A-Za-z0-9._*-]{1,300}"), st.booleans())
def test_whatever_comes_a_name_is_short_plain_and_stays_the_same(text, wildcard):
    name = host_name(text, wildcard=wildcard)
    if name is not None:
        assert len(name) <= 253
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-_*")
        assert clean(name) == name
        assert host_name(name, wildcard=wildcard) == name
