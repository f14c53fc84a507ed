import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.core.ports import PortSet, Transport
from scanner.targets.ports import parse_ports

CATALOGUE = PortSet.of([2375, 6379], [53])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2375,6379", PortSet.of([2375, 6379])),
        (" 2375 , 6379 ", PortSet.of([2375, 6379])),
        ("1-4", PortSet.of([1, 2, 3, 4])),
        ("65535", PortSet.of([65535])),
        ("0080", PortSet.of([80])),
        ("80,80,79-81", PortSet.of([79, 80, 81])),
        ("catalogue", CATALOGUE),
        ("catalogue,8080", CATALOGUE | PortSet.of([8080])),
        ("T:catalogue", PortSet.of([2375, 6379])),
        ("U:catalogue", PortSet.of(udp=[53])),
        ("all", PortSet.of(range(1, 65536))),
        ("U:all", PortSet.of(udp=range(1, 65536))),
        ("U:53,161", PortSet.of(udp=[53, 161])),
        ("u:53,t:80,443", PortSet.of([80, 443], [53])),
        ("80,U:53", PortSet.of([80], [53])),
        ("T:22,U:53-54,T:80", PortSet.of([22, 80], [53, 54])),
        ("CATALOGUE", CATALOGUE),
    ],
)
def test_every_form_is_read(text, expected):
    assert parse_ports(text, CATALOGUE) == expected


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("70000", "`70000` is out of range"),
        ("80,65536", "`65536` is out of range"),
        ("0", "`0` is out of range"),
        ("5-3", "`5-3` ends before it starts; write 3-5"),
        ("1-70000", "`1-70000` is out of range"),
        ("9" * 5000, "is not a port"),
        ("", "`` is not a port"),
        ("80,,81", "`` is not a port"),
        ("U:", "`U:` is not a port"),
        ("http", "`http` is not a port"),
        ("-80", "`-80` is not a port"),
        ("80-", "`80-` is not a port"),
        ("1-2-3", "`1-2-3` is not a port"),
        ("S:80", "`S:80` is not a port"),
        ("80;81", "`80;81` is not a port"),
        ("٣", "is not a port"),
        ("8\x1b[2J", "`8\\x1b[2J` is not a port"),
    ],
)
def test_a_bad_port_is_named_in_one_line(text, named):
    with pytest.raises(UsageError) as caught:
        parse_ports(text, CATALOGUE)
    assert named in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_catalogue_without_ports_is_empty():
    assert parse_ports("catalogue", PortSet()) == PortSet()


@given(st.dictionaries(st.sampled_from(Transport), st.sets(st.integers(1, 65535), max_size=40)))
def test_what_is_written_is_what_is_read(wanted):
    tcp, udp = wanted.get(Transport.TCP, set()), wanted.get(Transport.UDP, set())
    words = [f"T:{port}" for port in tcp] + [f"U:{port}" for port in udp]
    if words:
        assert parse_ports(",".join(words), CATALOGUE) == PortSet.of(tcp, udp)
