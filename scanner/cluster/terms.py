"""On which terms a worker takes a plan: within its own scope, and only what its machine can do as the others do it."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scanner.cluster.messages import Refusal
from scanner.cluster.own_scope import OwnScope
from scanner.core.address import to_number
from scanner.core.engine_name import EngineName
from scanner.core.errors import UsageError
from scanner.core.intervals import Intervals
from scanner.core.plan import ScanPlan
from scanner.core.scope import Scope
from scanner.probes.registry import Registry
from scanner.sweep.choose import Capabilities, read_capabilities
from scanner.targets.interfaces import Interface, read_interfaces


class NotOnTheseTerms(Exception):
    """A plan that this worker does not do, and why."""

    def __init__(self, why: Refusal, detail: str) -> None:
        self.why = why
        self.detail = detail
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a worker permits, whatever a coordinator asks for."""

    scope: OwnScope
    registry: Registry
    """The services that it asks, its own checks included."""
    max_rate: float | None = None
    """Attempts a second of all its work."""
    capabilities: Callable[[], Capabilities] = read_capabilities
    interfaces: Callable[[], Sequence[Interface]] = read_interfaces

    def accept(self, plan: ScanPlan) -> tuple[ScanPlan, Registry]:
        """Return the plan with nothing in it that is not permitted, and whom to ask; raises NotOnTheseTerms."""
        outside = self.scope.outside(plan.space)
        if outside is not None:
            raise NotOnTheseTerms(Refusal.OUT_OF_SCOPE, f"{outside} is not in this worker's own scope")
        self._demand_engine(plan)
        try:
            registry = self.registry.select(plan.services)
        except UsageError as error:
            raise NotOnTheseTerms(Refusal.CANT, str(error)) from None
        own = plan.scope.numbers & self.scope.space.addresses
        return replace(plan, scope=Scope(own)), registry

    def _demand_engine(self, plan: ScanPlan) -> None:
        """All workers have to cut the plan alike, so none may fall back on another engine."""
        if plan.engine is EngineName.CONNECT:
            return
        if plan.engine is not EngineName.SYN:
            raise NotOnTheseTerms(Refusal.CANT, f"engine {plan.engine} can't share a run")
        if not (self.capabilities().raw_packets and sys.platform == "linux"):
            raise NotOnTheseTerms(
                Refusal.CANT, "raw packets are not allowed here: run the worker as root, or use connect"
            )
        own = Intervals((number, number) for number in (to_number(one.address) for one in self._named_interfaces()))
        if own & plan.space.addresses:
            raise NotOnTheseTerms(
                Refusal.CANT, "this worker's own address is in the scope, where raw packets do not go"
            )

    def _named_interfaces(self) -> list[Interface]:
        return [one for one in self.interfaces() if not getattr(one.address, "scope_id", None)]
