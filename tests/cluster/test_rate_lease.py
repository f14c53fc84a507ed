import pytest

from scanner.cluster.connection import ServerLost
from scanner.cluster.rate_lease import SAFE, RateLease
from scanner.cluster.rate_share import decode_shares
from tests.support.exchange import MemoryExchange

RUN = "0123456789abcdef"
LEASE_S = 10.0


class Workers:
    """Workers of one run on one clock that is set by hand."""

    def __init__(self, total=900.0):
        self.now_s = 1_000.0
        self.exchange = MemoryExchange()
        self.total = total

    def add(self, name, most=1e9):
        return RateLease(
            self.exchange, RUN, name, total=self.total, most=most, lease_s=LEASE_S, now_s=lambda: self.now_s
        )


async def test_workers_come_to_equal_parts_and_never_to_more_than_the_rate():
    workers = Workers()
    leases = []
    for number in range(4):
        leases.append(workers.add(f"w{number}"))
        for _ in range(3):
            for lease in leases:
                await lease.renew()
                assert sum(one.share() for one in leases) <= 900.0 + 1e-9
            workers.now_s += 1.0
    assert [lease.share() for lease in leases] == [225.0] * 4


async def test_who_leaves_leaves_his_part_to_the_others():
    workers = Workers()
    first, second = workers.add("a"), workers.add("b")
    for _ in range(2):
        await first.renew()
        await second.renew()
    await second.release()
    await first.renew()
    assert (first.share(), second.share()) == (900.0, 0.0)


async def test_who_is_cut_off_stops_before_the_others_take_his_part():
    workers = Workers()
    lost, other = workers.add("lost"), workers.add("other")
    for _ in range(2):
        await lost.renew()
        await other.renew()
    assert lost.share() == other.share() == 450.0
    begun_s = workers.now_s
    took_over_s = stopped_s = None
    while took_over_s is None:
        workers.now_s += 0.25
        await other.renew()
        assert lost.share() + other.share() <= 900.0
        if stopped_s is None and lost.share() == 0.0:
            stopped_s = workers.now_s - begun_s
        if other.share() == 900.0:
            took_over_s = workers.now_s - begun_s
    assert stopped_s == pytest.approx(SAFE * LEASE_S, abs=0.5)
    assert took_over_s > stopped_s


async def test_a_workers_own_ceiling_holds_whatever_a_run_allows():
    workers = Workers()
    lease = workers.add("a", most=100.0)
    await lease.renew()
    assert lease.share() == 100.0


async def test_a_server_that_is_away_gives_nothing_new():
    workers = Workers()
    lease = workers.add("a")
    await lease.renew()
    workers.exchange.up = False
    with pytest.raises(ServerLost):
        await lease.renew()
    assert lease.share() == 900.0
    workers.now_s += LEASE_S
    assert lease.share() == 0.0


async def test_a_record_that_cannot_be_read_counts_as_everything_until_its_time_is_over():
    workers = Workers()
    workers.exchange.records[RUN] = (b"nonsense", 5)
    lease = workers.add("a")
    await lease.renew()
    assert lease.share() == 0.0
    workers.now_s += LEASE_S + 1
    await lease.renew()
    assert [one.worker for one in decode_shares(workers.exchange.records[RUN][0])] == ["a"]
    assert lease.share() == 900.0
