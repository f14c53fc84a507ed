import pytest

from scanner.targets.parse import parse_target
from scanner.targets.spec import HostName, Local, Span


@pytest.mark.parametrize(
    "text",
    ["10.0.0.5", "10.0.0.1-10.0.0.9", "a.example", "@local", "10.0.0.5:80", "[fd00::5]:80", "http://a.example:80/b"],
)
def test_a_target_is_written_back_as_it_reads(text):
    spec = parse_target(text)
    assert str(spec) == text
    assert parse_target(str(spec)) == spec


@pytest.mark.parametrize(
    ("text", "place", "exact"),
    [
        ("10.0.0.5", Span, True),
        ("10.0.0.5/32", Span, True),
        ("10.0.0.0/31", Span, False),
        ("a.example", HostName, False),
        ("@local", Local, False),
    ],
)
def test_only_a_single_literal_address_is_exact(text, place, exact):
    spec = parse_target(text)
    assert isinstance(spec.place, place)
    assert spec.exact is exact
