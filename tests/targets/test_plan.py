import io
import ipaddress
import socket
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.address import V4_FIRST, to_number
from scanner.core.errors import UsageError
from scanner.core.finding import Anchor
from scanner.core.ports import PortSet, Transport, port_key
from scanner.targets.interfaces import Interface
from scanner.targets.plan import resolve_targets
from scanner.targets.special import NEVER_SCANNED, Reach, numbers_of

CATALOGUE = PortSet.of([2375, 6379], [53])
TEN = V4_FIRST + (10 << 24)

NAMES = {
    "db.example": ["10.0.0.5", "fd00::5"],
    "mixed.example": ["10.0.0.5", "8.8.8.8"],
    "public.example": ["8.8.8.8"],
    "rebound.example": ["169.254.169.254"],
    "many.example": [f"10.1.0.{number}" for number in range(1, 31)],
    "bare.example": ["fe80::1"],
}


def lookup(name):
    if name not in NAMES:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return [ipaddress.ip_address(text) for text in NAMES[name]]


def interfaces():
    return [
        Interface("lo", ipaddress.ip_address("127.0.0.1"), 8, loopback=True),
        Interface("eth0", ipaddress.ip_address("192.168.7.3"), 24),
        Interface("docker0", ipaddress.ip_address("172.17.0.1"), 16),
    ]


def plan(*texts, **options):
    return resolve_targets(texts, **{"catalogue": CATALOGUE, "lookup": lookup, "interfaces": interfaces, **options})


def endpoints(resolved):
    return sorted(resolved.space.at(index) for index in range(resolved.space.size))


def at(text, *ports):
    return [(to_number(ipaddress.ip_address(text)), port) for port in ports]


UDP_53 = port_key(Transport.UDP, 53)


def test_addresses_take_the_ports_and_pinned_ones_take_their_own():
    found = plan("10.0.0.5", "10.0.0.6:9999", "[fd00::1]:6379", "https://10.0.0.7:2376/base")
    assert endpoints(found) == [
        *at("10.0.0.5", 2375, 6379, UDP_53),
        *at("10.0.0.6", 9999),
        *at("10.0.0.7", 2376),
        *at("fd00::1", 6379),
    ]
    assert found.scope.numbers == found.space.addresses
    assert found.problems == ()
    last = found.targets[-1]
    assert (last.port, last.scheme, last.base_path, last.host) == (2376, "https", "/base", None)


def test_overlaps_are_counted_once():
    found = plan(
        "10.0.0.0/30", "10.0.0.1-2", "10.0.0.3", "10.0.0.2:2375", "10.0.0.2:80", "10.0.0.2:80", "::ffff:10.0.0.1"
    )
    assert found.space.size == 4 * 3 + 1
    assert len(set(endpoints(found))) == found.space.size


def test_a_name_becomes_all_its_addresses():
    found = plan("db.example", "db.example:8080", "https://db.example/es")
    assert endpoints(found) == [
        *at("10.0.0.5", 443, 2375, 6379, 8080, UDP_53),
        *at("fd00::5", 443, 2375, 6379, 8080, UDP_53),
    ]
    assert [(target.host, target.name) for target in found.targets] == [("db.example", "db.example")] * 3


def test_of_many_addresses_sixteen_are_scanned_and_it_is_said():
    found = plan("many.example")
    assert found.space.addresses.size == 16
    assert [(one.kind, one.where) for one in found.problems] == [("name-has-many-addresses", "many.example")]


def test_a_dead_name_is_a_problem_and_not_the_end():
    found = plan("dead.example", "10.0.0.5")
    assert found.space.addresses.size == 1
    assert [(one.kind, one.where) for one in found.problems] == [("name-not-resolved", "dead.example")]


def test_nothing_but_dead_names_leaves_an_empty_space():
    found = plan("dead.example")
    assert (found.space.size, found.scope.size, found.targets) == (0, 0, ())
    assert len(found.problems) == 1


def test_local_is_this_machine_s_subnets():
    found = plan("@local")
    assert found.space.addresses.spans == (
        (to_number(ipaddress.ip_address("192.168.7.0")), to_number(ipaddress.ip_address("192.168.7.255"))),
    )
    assert [one.where for one in found.problems] == ["docker0 172.17.0.0/16"]


def test_a_line_with_local_on_a_wide_subnet_is_named(tmp_path):
    path = tmp_path / "t.txt"
    path.write_text("10.0.0.1\n@local\n")
    wide = [Interface("eth0", ipaddress.ip_address("10.0.0.1"), 8)]
    with pytest.raises(UsageError, match=r"t\.txt:2: @local: eth0 is on 10\.0\.0\.0/8"):
        plan(files=[str(path)], interfaces=lambda: wide)


def test_local_on_a_public_subnet_needs_the_option():
    hosted = [Interface("eth0", ipaddress.ip_address("8.8.8.9"), 24)]
    with pytest.raises(UsageError, match=r"@local includes 8\.8\.8\.0-8\.8\.8\.255.*--allow-public"):
        plan("@local", interfaces=lambda: hosted)


def test_files_carry_names_owners_and_anchors(tmp_path):
    path = tmp_path / "t.txt"
    path.write_text("10.0.0.5 build-server owner=ops\ndb.example the database\n")
    found = plan(files=[str(path)])
    one, two = found.targets
    assert (one.name, one.owner, one.anchor) == ("build-server", "ops", Anchor(file=str(path), line=1))
    assert (two.name, two.host, two.anchor.line) == ("the database", "db.example", 2)


def test_targets_come_from_standard_input():
    assert plan(files=["-"], stdin=io.BytesIO(b"10.0.0.5\n")).space.addresses.size == 1


@pytest.mark.parametrize(
    ("targets", "excludes", "left"),
    [
        (["10.0.0.0/30"], ["10.0.0.1-2"], at("10.0.0.0", 80) + at("10.0.0.3", 80)),
        (["10.0.0.0/31", "10.0.0.1:99"], ["10.0.0.1"], at("10.0.0.0", 80)),
        (["10.0.0.0/31"], ["10.0.0.1:80"], at("10.0.0.0", 80)),
        (["10.0.0.0/31", "10.0.0.1:99"], ["10.0.0.1:80"], at("10.0.0.0", 80) + at("10.0.0.1", 99)),
        (["10.0.0.1:99", "10.0.0.2:99"], ["10.0.0.1:99"], at("10.0.0.2", 99)),
        (["10.0.0.1"], ["10.0.0.1:99"], at("10.0.0.1", 80)),
        (["10.0.0.4-5"], ["db.example"], at("10.0.0.4", 80)),
        (["10.0.0.4-5"], ["::ffff:10.0.0.5"], at("10.0.0.4", 80)),
        (["10.0.0.4", "fd00::1"], ["::/0"], at("10.0.0.4", 80)),
        (["10.0.0.4", "fd00::1"], ["fd00::/8"], at("10.0.0.4", 80)),
        (["10.0.0.4", "192.168.7.9"], ["@local"], at("10.0.0.4", 80)),
        (["10.0.0.4", "8.8.8.8"], ["8.8.8.0/24"], at("10.0.0.4", 80)),
    ],
)
def test_exclusions_win(targets, excludes, left):
    assert endpoints(plan(*targets, excludes=excludes, ports="80")) == left


@pytest.mark.parametrize(
    ("targets", "excludes"),
    [(["10.0.0.0/24"], ["10.0.0.0/8"]), (["10.0.0.1:80"], ["10.0.0.1"]), (["10.0.0.1:80"], ["10.0.0.1:80"])],
)
def test_nothing_left_is_a_usage_error(targets, excludes):
    with pytest.raises(UsageError, match="nothing is left to scan"):
        plan(*targets, excludes=excludes)


def test_exclusions_fail_closed(tmp_path):
    path = tmp_path / "never.txt"
    path.write_text("10.0.0.1\nprinter/24\n")
    with pytest.raises(UsageError, match=r"never\.txt:2: "):
        plan("10.0.0.0/24", exclude_files=[str(path)])
    with pytest.raises(UsageError, match="can't be read"):
        plan("10.0.0.0/24", exclude_files=[str(tmp_path / "missing.txt")])
    path.write_text("# all cut off")
    with pytest.raises(UsageError, match="no target"):
        plan("10.0.0.0/24", exclude_files=[str(path)])
    with pytest.raises(UsageError, match=r"dead\.example does not resolve"):
        plan("10.0.0.0/24", excludes=["dead.example"])
    path.write_text("10.0.0.0/25\n")
    assert plan("10.0.0.0/24", exclude_files=[str(path)]).space.addresses.size == 128


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("8.8.8.8:2375", "8.8.8.8"),
        ("https://8.8.8.8/", "8.8.8.8"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("2606:4700::1111", "2606:4700::1111"),
        ("64:ff9b::8.8.8.8", "NAT64"),
        ("64:ff9b:1::1", "local-use NAT64"),
        ("2002:808:808::1", "6to4"),
        ("10.0.0.0/7", "10.0.0.0/7 includes 11.0.0.0-11.255.255.255"),
        ("192.167.255.255-192.168.0.9", "includes 192.167.255.255 "),
        ("public.example", "public.example resolves to 8.8.8.8"),
        ("mixed.example", "mixed.example resolves to 8.8.8.8"),
    ],
)
def test_public_addresses_need_the_option(target, words):
    with pytest.raises(UsageError) as caught:
        plan("10.0.0.1", target, "1.1.1.1")
    assert words in str(caught.value)
    assert "--allow-public" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
    assert plan(target, allow_public=True).space.size > 0


def test_the_first_offender_is_named_with_its_line(tmp_path):
    path = tmp_path / "t.txt"
    path.write_text("10.0.0.1\n8.8.8.8 resolver\n1.1.1.1\n")
    with pytest.raises(UsageError, match=r"t\.txt:2: 8\.8\.8\.8 .*--allow-public"):
        plan(files=[str(path)])


@pytest.mark.parametrize(
    "target",
    [
        "0.0.0.0",
        "0.1.2.3",
        "0.0.0.0/0",
        "::",
        "192.0.0.8",
        "192.0.2.1",
        "203.0.113.0/24",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "223.255.255.255-224.0.0.0",
        "255.255.255.255",
        "ff02::1",
        "ff02::1:ff00:0/120",
        "2001:db8::1",
        "100::1",
        "2001::1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "2002:7f00:1::",
        "2002:a00:1::1",
    ],
)
@pytest.mark.parametrize("allow_public", [False, True])
def test_some_space_is_never_scanned(target, allow_public):
    with pytest.raises(UsageError, match="never scanned"):
        plan(target, allow_public=allow_public)


def test_metadata_services_are_looked_at_only_when_named_one_by_one():
    found = plan("169.254.169.0/24", ports="80")
    assert found.space.size == 255
    assert [(one.kind, one.where) for one in found.problems] == [("metadata-address-skipped", "169.254.169.254")]
    assert plan("169.254.169.254", ports="80").space.size == 1
    assert plan("169.254.169.0/24", "169.254.169.254:80", ports="80").space.size == 256
    assert plan("fd00:ec2::100-1ff", ports="80").space.size == 256
    assert plan("fd00:ec2::200-2ff", ports="80").space.size == 255
    with pytest.raises(UsageError, match=r"rebound\.example resolves to 169\.254\.169\.254"):
        plan("rebound.example", allow_public=True)


def test_link_local_v6_needs_its_interface():
    for target in ("fe80::1", "bare.example"):
        with pytest.raises(UsageError, match="%eth0"):
            plan(target)
    index, name = socket.if_nameindex()[0]
    found = plan(f"fe80::1%{name}", f"[fe80::1%{index}]:80", "fe80::2%999", ports="80")
    assert found.space.addresses.spans == (
        (index << 128 | 0xFE80 << 112 | 1,) * 2,
        (999 << 128 | 0xFE80 << 112 | 2,) * 2,
    )
    with pytest.raises(UsageError, match="no interface of this machine"):
        plan("fe80::1%no-such-if")


@pytest.mark.parametrize("target", ["fd00::/64", "fd00::/107", "fd00::1-fd00::1:0:0", "::/0", "fe80::%1/64"])
def test_large_v6_networks_are_refused_before_anything_is_counted(target):
    with pytest.raises(UsageError, match="too many to try"):
        plan(target)
    assert plan("fd00::/108").space.addresses.size == 1 << 20


def test_without_ports_only_pinned_targets_can_be_looked_at():
    assert plan("10.0.0.5:80", "https://db.example/", catalogue=PortSet()).space.size == 3
    for target in ("10.0.0.5", "@local", "db.example"):
        with pytest.raises(UsageError, match=f"{target}: no port to look at; pin one"):
            plan("10.0.0.6:80", target, catalogue=PortSet())


def test_without_targets_there_is_nothing_to_do():
    with pytest.raises(UsageError, match="no target"):
        plan()


def test_a_slash_8_takes_no_memory():
    plan("10.0.0.0/8", ports="all")
    tracemalloc.start()
    try:
        found = plan("10.0.0.0/8", ports="all")
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.space.size == (1 << 24) * 65535
    assert peak_bytes < 100_000
    assert found.space.at(found.space.size - 1) == (TEN + (1 << 24) - 1, 65535)


SPANS = st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda pair: (pair[0], min(pair[0] + pair[1], 45)))
PORTS = st.sampled_from([80, 81, 99])


@given(
    wide=st.lists(SPANS, max_size=4),
    pinned=st.lists(st.tuples(st.integers(0, 45), PORTS), max_size=6),
    barred=st.lists(SPANS, max_size=3),
    barred_endpoints=st.lists(st.tuples(st.integers(0, 45), PORTS), max_size=5),
)
def test_the_space_is_what_sets_would_say(wide, pinned, barred, barred_endpoints):
    expected = {(number, port) for first, last in wide for number in range(first, last + 1) for port in (80, 81)}
    expected |= set(pinned)
    expected -= {(number, port) for first, last in barred for number in range(first, last + 1) for port in (80, 81, 99)}
    expected -= set(barred_endpoints)
    texts = [f"10.0.0.{first}-{last}" for first, last in wide] + [f"10.0.0.{one}:{port}" for one, port in pinned]
    excludes = [f"10.0.0.{first}-{last}" for first, last in barred]
    excludes += [f"10.0.0.{one}:{port}" for one, port in barred_endpoints]
    if not expected:
        with pytest.raises(UsageError):
            plan(*texts, excludes=excludes, ports="80-81")
        return
    found = plan(*texts, excludes=excludes, ports="80-81")
    listed = [(number - TEN, port) for number, port in endpoints(found)]
    assert listed == sorted(expected)
    assert set(found.scope.numbers) == {number + TEN for number, _ in expected}


@given(st.lists(st.ip_addresses(), min_size=1, max_size=6), st.booleans())
def test_whatever_passes_the_gate_is_permitted(addresses, allow_public):
    try:
        found = plan(*map(str, addresses), allow_public=allow_public)
    except UsageError:
        forbidden = numbers_of(*NEVER_SCANNED) | numbers_of(Reach.LINK_LOCAL)
        if not allow_public:
            forbidden |= numbers_of(Reach.PUBLIC)
        assert any(to_number(address) in forbidden for address in addresses)
    else:
        assert not found.scope.numbers & numbers_of(*NEVER_SCANNED)
        assert allow_public or not found.scope.numbers & numbers_of(Reach.PUBLIC)
        assert all(address in found.scope for address in addresses)
