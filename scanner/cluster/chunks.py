"""How a run is cut: into chunks that are worth a message, and enough of them that all workers have something to do."""

from scanner.cluster.names import MOST_CHUNKS
from scanner.cluster.run_plan import LAST_ADDRESS, MOST_BLOCKS, MOST_TARGETS
from scanner.core.count import counted
from scanner.core.engine_name import EngineName
from scanner.core.errors import UsageError
from scanner.core.plan import ScanPlan, Shard
from scanner.core.ports import PortSet, Transport
from scanner.core.space import Block, Space
from scanner.sweep.scope_check import only_loopback
from scanner.targets.shard import shard_positions

LARGEST = 1 << 20
"""Endpoints of a chunk at most: what a worker does in about a minute."""
SMALLEST = 256
RAW_S = 1.0
"""What a raw sweep sends in this time at least, in seconds, is worth the wait at the end of a chunk."""
FEWEST = 16
"""Chunks that a run is cut into when that leaves none too small."""


def chunk_count(plan: ScanPlan) -> int:
    """Return how many chunks a run is cut into; the same run, the same cut."""
    endpoints = plan.space.size
    return max(1, -(-endpoints // LARGEST), min(FEWEST, endpoints // _smallest(plan)))


def _smallest(plan: ScanPlan) -> int:
    """Return what a chunk has at least: a raw sweep is quick, and the end of each chunk waits for last answers."""
    if plan.engine is not EngineName.SYN or plan.pace.rate is None:
        return SMALLEST
    return int(min(max(SMALLEST, plan.pace.rate * RAW_S), LARGEST // 2))


def demand_cuttable(plan: ScanPlan) -> None:
    """Raise UsageError for a plan that workers on other machines can't do."""
    addresses = plan.space.addresses
    if addresses and addresses.spans[-1][1] > LAST_ADDRESS:
        raise UsageError(
            "link-local addresses belong to an interface of this machine; workers have others: leave them out"
        )
    if plan.engine is EngineName.NMAP:
        raise UsageError("--engine nmap: nmap can't share a run among workers; use connect or syn")
    if plan.engine is EngineName.SYN and only_loopback(addresses):
        raise UsageError("--engine syn: raw packets do not reach a worker's own addresses; use connect")
    if len(plan.space.blocks) > MOST_BLOCKS or len(plan.targets) > MOST_TARGETS:
        raise UsageError(
            f"more than {MOST_BLOCKS} ports are pinned, or {MOST_TARGETS} targets named: cut the run in two"
        )
    if chunk_count(plan) > MOST_CHUNKS:
        raise UsageError(f"{counted(plan.space.size, 'endpoint', 'is', 'are')} too many for one run; cut it in two")


def endpoints_of(plan: ScanPlan, shard: Shard) -> int:
    """Return how many endpoints a chunk has to account for."""
    if plan.engine is EngineName.SYN:
        # The raw sweep leaves UDP ports to another engine, which cuts them for itself.
        return sum(_cut(_only(plan.space, transport), shard) for transport in Transport)
    return _cut(plan.space, shard)


def _cut(space: Space, shard: Shard) -> int:
    return len(shard_positions(space.size, shard))


def _only(space: Space, transport: Transport) -> Space:
    return Space(Block(block.addresses, PortSet(block.ports.only(transport).keys)) for block in space.blocks)
