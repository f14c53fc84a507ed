"""Asks endpoints: within limits, with nothing that can escape, one Observation for each."""

import asyncio
import dataclasses
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from scanner.core.audit import Audit
from scanner.core.endpoint import Endpoint
from scanner.core.errors import ScannerError, TalkError
from scanner.core.observation import Observation
from scanner.core.plan import ScanPlan
from scanner.core.ports import Transport
from scanner.core.probe import Probe
from scanner.core.problem import Problem, ProblemKind
from scanner.core.scope import Scope
from scanner.core.unheard import reason_of
from scanner.net.budget import Budget
from scanner.net.clock import loop_s
from scanner.net.connect_check import ConnectResult, connect_check
from scanner.net.guard import may_send_at_all
from scanner.net.http import HttpExchanges
from scanner.net.patience import Patience
from scanner.probes import decoy
from scanner.probes.choose_probes import for_datagrams
from scanner.probes.conversation import MOST_SILENT_CONNECTIONS, Conversation
from scanner.probes.crash import describe_crash
from scanner.probes.decoy_host import DecoyHosts
from scanner.probes.probe_index import ProbeIndex, indexed
from scanner.probes.probing_processes import ProbingProcesses, Question
from scanner.probes.rounds import LATE_ROUNDS

CANARY_S = 1.5
"""Patience for a connection to an endpoint that answered before."""
ENDPOINT_DEADLINE_S = 30.0
"""Longest time spent on one endpoint, all probes together."""


@dataclass(slots=True)
class Runner:
    """Asks endpoints with a fixed set of probes; its `observe` never raises because of a peer or a probe."""

    probes: Sequence[Probe]
    scope: Scope
    identify: bool = True
    named: Collection[str] = ()
    """Ids of the services that the user named: only these are asked on a port that printers share."""
    now: Callable[[], float] = loop_s
    audit: Audit | None = None
    """Takes the account of what is sent; None for nobody."""
    late_rounds: Sequence[float] = LATE_ROUNDS
    """By how much patience is stretched for those who were late, round by round; none of them, and nobody is."""
    processes: ProbingProcesses | None = None
    """Who asks in place of this process; None for nobody."""
    _index: ProbeIndex = field(init=False, repr=False)
    hosts: DecoyHosts = field(init=False)
    """What is known of whole hosts: whether every port of theirs answers."""

    def __post_init__(self) -> None:
        """Start with nothing known of any host."""
        self.hosts = DecoyHosts(self.scope, self.audit)
        self._index = indexed(self.probes)

    async def observe(self, endpoint: Endpoint, *, tls: bool | None = None, patience: float = 1.0) -> Observation:
        """Ask one open endpoint who it is and what it shows; `tls` is what the user's URL said, None without a URL.

        `patience` stretches every limit, for those who were late before.

        Whatever is raised meanwhile is this endpoint's problem; only what forbids sending anything more gets out:
        ScopeError, StoreError.
        """
        try:
            return await self._look(endpoint, tls=tls, factor=patience)
        except TalkError as error:
            return Observation(endpoint=endpoint, unheard=reason_of(error), note=str(error))
        except ScannerError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the other endpoints are looked at
            problem = Problem(ProblemKind.PROBE_CRASHED, str(endpoint), describe_crash(error))
            return Observation(endpoint=endpoint, unheard=reason_of(error), problems=(problem,))

    async def _look(self, endpoint: Endpoint, *, tls: bool | None, factor: float) -> Observation:
        seen = Observation(endpoint=endpoint)
        if not may_send_at_all(endpoint):
            return await self._ask_beside_printers(seen, tls=tls, factor=factor)
        if endpoint.transport is Transport.UDP:
            return await self._ask_datagrams(seen, factor)
        reason = await self.hosts.decoy_reason(endpoint)
        if reason is not None and not self._index.at_home(endpoint):
            return seen.flagged(reason)
        question = (endpoint, self.identify and reason is None, tls, factor)
        seen = await (self.ask(question) if self.processes is None else self.processes.identify(question))
        await self.hosts.check_exists(seen)
        return seen.proven_decoy(self.hosts.known(endpoint))

    async def ask(self, question: Question) -> Observation:
        """Find out who answers on an endpoint and what it shows; what is known of its host takes no part."""
        endpoint, widely, tls, factor = question
        return await self._identify(Observation(endpoint=endpoint), widely=widely, tls=tls, factor=factor)

    def load_all(self) -> None:
        """Load every probe now: later, connections under way would wait for it."""
        self._index.load()

    async def spread(self, count: int) -> None:
        """Let so many processes ask from now on; none of them, and this one does."""
        self.processes = await ProbingProcesses.start(self.ask, self.load_all, self.probes, count) if count else None

    async def gather(self) -> None:
        """End the processes."""
        if self.processes is not None:
            processes, self.processes = self.processes, None
            await processes.close()

    async def is_there(self, endpoint: Endpoint) -> bool:
        """Tell whether an endpoint that answered before accepts a connection, or refuses it, now."""
        found = await connect_check(endpoint.address, endpoint.port, self.scope, CANARY_S, self.audit)
        return found in {ConnectResult.ACCEPTED, ConnectResult.REFUSED}

    def awaits_the_end(self, seen: Observation) -> bool:
        """Tell whether what all other endpoints said decides what an observation is worth."""
        return seen.mute or self._is_due(seen)

    async def cross_examine(self, observations: Sequence[Observation]) -> list[Observation]:
        """Put the question that was proof to a control port too, on hosts where every port answers."""
        async with asyncio.TaskGroup() as group:
            asked = [(one, group.create_task(self._cross_examined(one))) for one in observations if self._is_due(one)]
        told = {id(one): task.result() for one, task in asked}
        return [told.get(id(one), one) for one in observations]

    async def compare(self, observations: Sequence[Observation], plan: ScanPlan, alive: Collection[int]) -> None:
        """Try control addresses once everything planned has been looked at; `alive` are those that answered at all."""
        await self.hosts.compare(observations, plan, alive)

    def settle(self, observations: Sequence[Observation]) -> list[Observation]:
        """Return all observations of a run, those of hosts that fool scanners flagged and folded into one a host."""
        return self.hosts.settle(observations)

    async def _identify(self, seen: Observation, *, widely: bool, tls: bool | None, factor: float) -> Observation:
        conversation = await self._converse(self._conversation(seen, tls=tls, factor=factor), widely=widely, tls=tls)
        unanswered = conversation.seen.facts is None and conversation.seen.decoy is None and conversation.late
        if unanswered and not conversation.mute and not conversation.over:
            # A server that is busy, or has just woken up, answers the second time; the first deadline still holds.
            again = self._conversation(conversation.seen, tls=tls, factor=factor, end_s=conversation.end_s)
            again.patience.heard(conversation.patience.slowest_s)
            again.responsive = True
            conversation = await self._converse(again, widely=widely, tls=tls)
        seen = dataclasses.replace(self._heard_out(conversation), mute=conversation.mute)
        if conversation.unacknowledged:
            seen = seen.flagged(decoy.UNACKNOWLEDGED)
        if seen.tls is not None:
            seen = seen.flagged(decoy.honeypot_words(f"{seen.tls.subject} {seen.tls.issuer}"))
        if seen.facts is not None:
            facts = dataclasses.replace(seen.facts, tls=seen.facts.tls or seen.tls)
            seen = dataclasses.replace(seen, facts=facts).flagged(decoy.honeypot(facts))
        return seen

    async def _converse(self, conversation: Conversation, *, widely: bool, tls: bool | None) -> Conversation:
        # What is said to an open port is imported when one is met.
        from scanner.probes.identify import identify

        try:
            await identify(conversation, widely=widely, said_tls=tls)
        finally:
            await conversation.exchanges.close()
        return conversation

    def _is_due(self, seen: Observation) -> bool:
        return seen.probe is not None and self.hosts.control_of(seen) is not None

    async def _cross_examined(self, seen: Observation) -> Observation:
        probe, control, use_tls = seen.probe, self.hosts.control_of(seen), seen.tls is not None
        if probe is None or control is None:
            return seen
        conversation = self._conversation(Observation(endpoint=control), tls=use_tls)
        try:
            same = await conversation.ask_stream(probe, use_tls=use_tls) or await conversation.ask_http(probe)
            return seen if same else self.hosts.cleared(seen)
        finally:
            await conversation.exchanges.close()

    async def _ask_datagrams(self, seen: Observation, factor: float) -> Observation:
        conversation = self._conversation(seen, factor=factor)
        for probe in for_datagrams(
            self._index, self._index.at_home(seen.endpoint), seen.endpoint, identify=self.identify
        ):
            if await conversation.ask_datagram(probe):
                break
        return self._heard_out(conversation)

    async def _ask_beside_printers(self, seen: Observation, *, tls: bool | None, factor: float) -> Observation:
        """Ask what the user named and what lives on a printer's port (node-exporter on 9100), and nothing else."""
        conversation = self._conversation(seen, tls=tls, factor=factor)
        conversation.printers_too = True
        wanted = [probe for probe in self._index.at_home(seen.endpoint) if probe.id in self.named]
        try:
            for probe in wanted:
                over_http = probe.ask_http is not None
                if await (
                    conversation.ask_http(probe) if over_http else conversation.ask_stream(probe, use_tls=bool(tls))
                ):
                    return self._heard_out(conversation)
        finally:
            await conversation.exchanges.close()
        conversation.note("a printer's port: nothing is sent to it unless its service is named with --services")
        return self._heard_out(conversation)

    def _heard_out(self, conversation: Conversation) -> Observation:
        """Return what was seen, with why it was not heard out."""
        outcomes = conversation.outcomes
        unheard = outcomes.unheard(conversation.seen, self._index.at_home(conversation.endpoint))
        drawn_out = outcomes.contact is not None and outcomes.contact.slow
        known_decoy = conversation.seen.decoy is not None and not drawn_out
        if known_decoy or (conversation.seen.locked and conversation.seen.facts is None):
            unheard = None
        return dataclasses.replace(conversation.seen, unheard=unheard)

    def _conversation(
        self, seen: Observation, *, tls: bool | None = None, factor: float = 1.0, end_s: float | None = None
    ) -> Conversation:
        end_s = self.now() + factor * ENDPOINT_DEADLINE_S if end_s is None else end_s
        patience = Patience(factor)
        budget = Budget(end_s, 1 << 20, self.now, patience)
        exchanges = HttpExchanges(seen.endpoint, self.scope, budget, use_tls=bool(tls), audit=self.audit)
        # Who was silent before is waited for longer, not asked more: each product at home once.
        most_silent = MOST_SILENT_CONNECTIONS if factor == 1.0 else len(self._index.at_home(seen.endpoint))
        most_silent = max(1, min(MOST_SILENT_CONNECTIONS, most_silent))
        return Conversation(seen, self._index, self.scope, self.now, end_s, exchanges, patience, most_silent)
