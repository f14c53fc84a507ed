"""Asks endpoints: within limits, with nothing that can escape, one Look for each."""

import asyncio
import dataclasses
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from scanner.core.audit import Audit
from scanner.core.endpoint import Endpoint
from scanner.core.plan import ScanPlan
from scanner.core.ports import Transport
from scanner.core.probe import Probe
from scanner.core.scope import Scope
from scanner.net.budget import Budget
from scanner.net.guard import may_send_at_all
from scanner.net.http import HttpExchanges
from scanner.probes import decoy
from scanner.probes.choose_probes import at_home, for_datagrams
from scanner.probes.conversation import Conversation
from scanner.probes.decoy_host import DecoyHosts
from scanner.probes.identify import identify
from scanner.probes.look import Look

__all__ = ["Look", "Runner"]

ENDPOINT_DEADLINE_S = 30.0
"""Longest time spent on one endpoint, all probes together."""


@dataclass(slots=True)
class Runner:
    """Asks endpoints with a fixed set of probes; its `look` never raises because of a peer or a probe."""

    probes: Sequence[Probe]
    scope: Scope
    identify: bool = True
    named: Collection[str] = ()
    """Ids of the services that the user named: only these are asked on a port that printers share."""
    now: Callable[[], float] = time.monotonic
    audit: Audit | None = None
    """Takes the account of what is sent; None for nobody."""
    hosts: DecoyHosts = field(init=False)
    """What is known of whole hosts: whether every port of theirs answers."""

    def __post_init__(self) -> None:
        """Start with nothing known of any host."""
        self.hosts = DecoyHosts(self.scope, self.audit)

    async def look(self, endpoint: Endpoint, *, tls: bool | None = None) -> Look:
        """Ask one open endpoint who it is and what it shows; `tls` is what the user's URL said, None without a URL."""
        look = Look(endpoint)
        if not may_send_at_all(endpoint):
            await self._ask_beside_printers(look, tls=tls)
            return look
        if endpoint.transport is Transport.UDP:
            await self._ask_datagrams(look)
            return look
        reason = await self.hosts.decoy_reason(endpoint)
        if reason is not None and not at_home(self.probes, endpoint):
            look.decoy = reason
            return look
        await self._identify(look, widely=self.identify and reason is None, tls=tls)
        await self.hosts.doubt(look)
        look.decoy = look.decoy or self.hosts.known(endpoint)
        return look

    async def cross_examine(self, looks: Sequence[Look]) -> None:
        """Put the question that was proof to a control port too, on hosts where every port answers."""
        async with asyncio.TaskGroup() as group:
            for look in looks:
                if (control := self.hosts.control_of(look)) is not None:
                    group.create_task(self._ask_control(look, control))

    async def compare(self, looks: Sequence[Look], plan: ScanPlan, alive: Collection[int]) -> None:
        """Try control addresses once everything planned has been looked at; `alive` are those that answered at all."""
        await self.hosts.compare(looks, plan, alive)

    def settle(self, looks: Sequence[Look]) -> list[Look]:
        """Return all looks of a run, those of hosts that fool scanners flagged and folded into one line a host."""
        return self.hosts.settle(looks)

    async def _identify(self, look: Look, *, widely: bool, tls: bool | None) -> None:
        conversation = await self._converse(self._conversation(look, tls=tls), widely=widely, tls=tls)
        if (
            look.facts is None
            and look.decoy is None
            and conversation.late
            and not conversation.mute
            and not conversation.over
        ):
            # A server that is busy, or has just woken up, answers the second time; the first deadline still holds.
            again = self._conversation(look, tls=tls, end_s=conversation.end_s)
            again.responsive = True
            conversation = await self._converse(again, widely=widely, tls=tls)
        look.mute = conversation.mute
        if conversation.unheard:
            look.decoy = look.decoy or decoy.UNACKNOWLEDGED
        if look.tls is not None:
            look.decoy = look.decoy or decoy.honeypot_words(f"{look.tls.subject} {look.tls.issuer}")
        if look.facts is not None:
            look.facts = dataclasses.replace(look.facts, tls=look.facts.tls or look.tls)
            look.decoy = look.decoy or decoy.honeypot(look.facts)

    async def _converse(self, conversation: Conversation, *, widely: bool, tls: bool | None) -> Conversation:
        try:
            await identify(conversation, widely=widely, said_tls=tls)
        finally:
            await conversation.exchanges.close()
        return conversation

    async def _ask_control(self, look: Look, control: Endpoint) -> None:
        probe, use_tls = look.probe, look.tls is not None
        conversation = self._conversation(Look(control), tls=use_tls)
        try:
            if probe is not None and not (
                await conversation.ask_stream(probe, use_tls=use_tls) or await conversation.ask_http(probe)
            ):
                self.hosts.clear(look)
        finally:
            await conversation.exchanges.close()

    async def _ask_datagrams(self, look: Look) -> None:
        conversation = self._conversation(look)
        for probe in for_datagrams(self.probes, look.endpoint, identify=self.identify):
            if await conversation.ask_datagram(probe):
                return

    async def _ask_beside_printers(self, look: Look, *, tls: bool | None) -> None:
        """Ask what the user named and what lives on a printer's port (node-exporter on 9100), and nothing else."""
        conversation = self._conversation(look, tls=tls)
        conversation.printers_too = True
        wanted = [probe for probe in at_home(self.probes, look.endpoint) if probe.id in self.named]
        try:
            for probe in wanted:
                if await (
                    conversation.ask_http(probe)
                    if probe.ask_http
                    else conversation.ask_stream(probe, use_tls=bool(tls))
                ):
                    return
        finally:
            await conversation.exchanges.close()
        look.note = "a printer's port: nothing is sent to it unless its service is named with --services"

    def _conversation(self, look: Look, *, tls: bool | None = None, end_s: float | None = None) -> Conversation:
        end_s = self.now() + ENDPOINT_DEADLINE_S if end_s is None else end_s
        budget = Budget(end_s, 1 << 20, self.now)
        exchanges = HttpExchanges(look.endpoint, self.scope, budget, use_tls=bool(tls), audit=self.audit)
        return Conversation(look, self.probes, self.scope, self.now, end_s, exchanges)
