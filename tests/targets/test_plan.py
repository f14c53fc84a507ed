import io
import ipaddress
import socket
import tracemalloc

import pytest

from scanner.core.address import V4_FIRST, to_number
from scanner.core.errors import UsageError
from scanner.core.finding import Anchor
from scanner.core.ports import PortSet, Transport, port_key
from scanner.targets.interfaces import Interface
from scanner.targets.plan import resolve_targets

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


@pytest.mark.parametrize("url", ["https://10.0.0.5", "http://10.0.0.5/admin", "https://[fd00::5]/"])
def test_a_url_without_a_port_excludes_half_a_host_and_is_refused(url):
    with pytest.raises(UsageError, match="to keep all of it out"):
        plan("10.0.0.0/30", excludes=[url])


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
