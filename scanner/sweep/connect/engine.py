"""The connect sweep: what any user may do, at the speed of the kernel."""

from collections.abc import Callable, Mapping

from scanner.core.engine_name import EngineName
from scanner.core.intervals import Intervals
from scanner.core.plan import ScanPlan
from scanner.sweep.connect.neighbours import Neighbours, find_neighbours
from scanner.sweep.connect.order import Order, Shuffle
from scanner.sweep.connect.run import ConnectRun
from scanner.sweep.connect.selector import Watch, make_watch
from scanner.sweep.engine import Sweep
from scanner.targets.permutation import PermutedOrder


def permuted(plan: ScanPlan) -> Shuffle:
    """Return the order that the plan's seed and shard ask for."""
    return PermutedOrder(plan.space.size, plan.seed, plan.shard)


class ConnectEngine:
    """Completes TCP connections and resets them without a byte sent; asks UDP ports the question of their service."""

    name = EngineName.CONNECT

    def __init__(
        self,
        payloads: Mapping[int, bytes] | None = None,
        *,
        shuffle: Callable[[ScanPlan], Shuffle] = permuted,
        watch: Callable[[], Watch] = make_watch,
        neighbours: Callable[[Intervals], Neighbours | None] = find_neighbours,
    ) -> None:
        """Take what to ask UDP ports, by port; the rest are replaceable parts."""
        self._payloads = payloads or {}
        self._shuffle = shuffle
        self._watch = watch
        self._neighbours = neighbours

    async def sweep(self, job: Sweep) -> None:
        """Try every planned endpoint of the shard (scanner.sweep.engine.Engine.sweep)."""
        plan = job.plan
        watch = self._watch()
        try:
            neighbours = self._neighbours(plan.space.addresses & plan.scope.numbers)
            if neighbours is not None and job.audit is not None:
                neighbours.tell(job.audit)
            run = ConnectRun(
                job,
                Order(plan.space, self._shuffle(plan)),
                watch,
                self._payloads,
                neighbours,
            )
            await run.drive()
        finally:
            watch.close()
            job.events.close()
