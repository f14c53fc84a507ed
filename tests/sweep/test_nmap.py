import shutil
import socket
from contextlib import ExitStack

import pytest

from scanner.core.address import to_address
from scanner.core.errors import ScopeError, SetupError
from scanner.core.intervals import Intervals
from scanner.core.plan import Pace
from scanner.core.ports import PortSet
from scanner.core.space import Block
from scanner.sweep import nmap as adapter
from scanner.sweep.connect.engine import ConnectEngine
from scanner.sweep.nmap import NmapEngine
from tests.sweep.account import Account, swept
from tests.sweep.jobs import make_plan, numbers_of, sweep

real = pytest.mark.skipif(not shutil.which("nmap"), reason="nmap is not installed")


def engine() -> NmapEngine:
    return NmapEngine(ConnectEngine())


@pytest.mark.real
@real
def test_nmap_finds_what_is_open_and_every_endpoint_is_counted(network):
    base = network.removesuffix("0/24")
    with ExitStack() as stack:
        ports = [stack.enter_context(socket.create_server((f"{base}{host}", 0))).getsockname()[1] for host in (1, 1, 2)]
        events, tally = sweep(engine(), make_plan(f"{base}0/30", [*ports, *range(1, 60)]))
    found = sorted((str(to_address(event.address)), event.port) for event in events)
    assert found == sorted(zip([f"{base}1", f"{base}1", f"{base}2"], ports, strict=True))
    assert (tally.open, tally.closed, tally.planned) == (3, 4 * 62 - 3, 4 * 62)
    assert tally.hosts_alive == 4


@pytest.mark.real
@real
def test_shards_share_the_addresses_out(network):
    with socket.create_server(("0.0.0.0", 0)) as server:
        port = server.getsockname()[1]
        plans = [make_plan(network, [port], shard=(part, 3)) for part in (1, 2, 3)]
        found = [event for plan in plans for event in sweep(engine(), plan)[0]]
    assert len(found) == len(set(found)) == 256


def test_only_addresses_and_numbers_reach_the_command_line(network):
    part = Block(numbers_of("10.0.0.0/24", "10.0.2.7/32"), PortSet.of([80, 81, 82, 443]))
    assert adapter._hosts(part.addresses) == "10.0.0.0/24 10.0.2.7/32"
    words = adapter._arguments("-sT", part, Pace(rate=1234.5, retries=2, timeout_s=0.25))
    assert words == "-sT -n -Pn -T4 --randomize-hosts --max-rate 1234.5 --max-retries 2 --max-rtt-timeout 250ms"
    assert adapter._arguments("-sT", part, Pace()).endswith("--max-rate 3000")
    assert "rate" not in adapter._arguments("-sT", part, Pace(rate=float("inf")))


def test_a_zone_is_quoted(monkeypatch):
    monkeypatch.setattr("socket.if_indextoname", lambda index: "we ird'; -oX")
    words = adapter._hosts(Intervals([(7 << 128 | 0xFE80 << 112 | 1,) * 2]))
    assert words == "'fe80::1%we ird'\"'\"'; -oX'"


def test_parts_are_small_and_of_one_family_and_cover_everything():
    plan = make_plan(["10.0.0.0/16", "fd00::/120"], range(1, 101))
    parts = list(adapter._parts(plan))
    assert sum(part.size for part in parts) == plan.space.size
    assert max(part.size for part in parts) <= adapter._ENDPOINTS_A_CALL
    assert len({to_address(number).version for part in parts[:1] for number in part.addresses}) == 1


def test_a_missing_nmap_is_one_clear_line(monkeypatch, network):
    import nmap

    def absent(*_):
        raise nmap.PortScannerError("nmap program was not found in path")

    monkeypatch.setattr(nmap, "PortScanner", absent)
    with pytest.raises(ExceptionGroup) as caught:
        sweep(engine(), make_plan(network, [80]))
    assert caught.group_contains(SetupError, match="apt-get install nmap")


def test_addresses_outside_the_scope_are_refused(network):
    with pytest.raises(ExceptionGroup) as caught:
        sweep(engine(), make_plan(network, [80], scope=["127.1.2.3/32"]))
    assert caught.group_contains(ScopeError)


def test_a_part_that_fails_is_unscanned_and_named(monkeypatch, network):
    import nmap

    class Broken:
        def scan(self, **_):
            raise nmap.PortScannerError("nmap: \x1b[31mbroken")

    monkeypatch.setattr(nmap, "PortScanner", Broken)
    events, tally = sweep(engine(), make_plan(network, [80, 81]))
    assert not events
    assert tally.unscanned == tally.planned == 512
    assert "127." in tally.unscanned_list[0]
    assert "\\x1b" in tally.problems[0].detail


def test_nmap_is_told_as_what_it_is_asked_to_do(network, monkeypatch):
    monkeypatch.setattr(adapter, "_open_nmap", object)
    monkeypatch.setattr(adapter, "_run", lambda *_: [])
    account = swept(NmapEngine(ConnectEngine()), make_plan(network, [80, 81], rate=100.0), Account())
    ((program, arguments, ports, targets),) = account.delegations
    assert (program, ports, targets) == ("nmap", "80-81", network)
    assert "--max-rate 100" in arguments
    assert not account.sent
