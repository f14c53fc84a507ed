"""One conversation with an endpoint: one probe at a time, within its limits, with a record of what was asked."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from scanner.core.endpoint import Endpoint
from scanner.core.errors import (
    ClientCertificateWanted,
    NotAllowed,
    ScannerError,
    TalkError,
    TimedOut,
    TlsFailed,
)
from scanner.core.facts import Facts
from scanner.core.observation import Observation
from scanner.core.probe import Probe
from scanner.core.problem import Problem, ProblemKind
from scanner.core.scope import Scope
from scanner.core.talk import TlsFacts
from scanner.core.unheard import Unheard
from scanner.net.budget import Budget
from scanner.net.datagram import Datagrams
from scanner.net.guard import Guard
from scanner.net.http import HttpExchanges
from scanner.net.patience import Patience
from scanner.net.stream import Stream
from scanner.probes.choose_probes import greeted_by, is_default_port, speaks_http2
from scanner.probes.clean_facts import clean_facts
from scanner.probes.contact import PROMPT_S, Contact, first_contact, is_gateway_error, says_something
from scanner.probes.crash import describe_crash
from scanner.probes.decoy import Turn, honeypot_words
from scanner.probes.locked import named_by_its_port
from scanner.probes.noted_view import NotedView
from scanner.probes.outcomes import Outcomes
from scanner.probes.tap import TappedStream

MOST_SILENT_CONNECTIONS = 3
"""Connections after which a port that never did anything is left alone the first time."""
_STRANGER_IDLE_S = 1.0
"""Patience with a port that is nobody's default: most questions to it are the wrong ones."""
_PATIENT_QUESTIONS = 6
"""Questions in vain after which ten round trips are patience enough: the likeliest products have been asked."""
_PROMPT_S = 0.4
_BYTES = 1 << 20

HTTP2_BY_ALPN = ("h2",)


@dataclass(slots=True)
class Conversation:
    """What is asked of one endpoint; nothing that a peer or a probe does gets out of `ask_...`."""

    seen: Observation
    """What was learned until now."""
    probes: Sequence[Probe]
    scope: Scope
    now: Callable[[], float]
    end_s: float
    """When to stop, on the clock of `now`."""
    exchanges: HttpExchanges
    patience: Patience = field(default_factory=Patience)
    """By how much limits are stretched here."""
    most_silent: int = MOST_SILENT_CONNECTIONS
    """Connections after which a port that never did anything is left alone."""
    responsive: bool = False
    """Whether the port ever said anything or ended a connection by itself."""
    locked: bool = False
    """Whether the port refuses anybody without a client certificate."""
    printers_too: bool = False
    """Whether the user named the services that are asked on a printer's port."""
    late: bool = False
    """Whether a product at home on the port, or one that a front page led to, did not answer in time."""
    outcomes: Outcomes = field(default_factory=Outcomes)
    """Who was heard, who was not and why."""
    turns: list[Turn] = field(default_factory=list)
    icon_asked: str | None = None
    """The path of the icon that identification asked for by itself."""
    _raised: Exception | None = None
    """What ended the last question, when it was no answer."""
    _said: bool = False
    """Whether a first contact heard anything but a gateway error that stands for no host."""
    _unacknowledged: int = 0
    _acknowledged: int = 0
    _asked: set[tuple[str, str]] = field(default_factory=set)

    @property
    def endpoint(self) -> Endpoint:
        """Where the questions go."""
        return self.seen.endpoint

    @property
    def over(self) -> bool:
        """Whether to stop asking: out of time, locked, or mute."""
        if self.now() >= self.end_s:
            self.note("gave up: the endpoint took too long")
            return True
        return self.locked or (not self.responsive and self.seen.connections >= self.most_silent)

    @property
    def mute(self) -> bool:
        """Whether nothing of its own ever came from the port."""
        if self._said or self.locked or any(says_something(turn.got) for turn in self.turns):
            return False
        answers = self.exchanges.answers.values()
        return all(is_gateway_error(answer) for answer in answers) if answers else self.seen.tls is None

    @property
    def unacknowledged(self) -> bool:
        """Whether nothing that was sent ever reached the other machine."""
        return self.mute and self._unacknowledged > 0 and not self._acknowledged

    def flag(self, reason: str | None) -> None:
        """Flag the endpoint as a possible decoy; the reason that was found first stays."""
        self.seen = self.seen.flagged(reason)

    def note(self, sentence: str, *, left_alone: bool = False) -> None:
        """Say what could not be decided, or why nobody was to be asked here."""
        self.seen = replace(self.seen, note=sentence, left_alone=left_alone)

    async def contact(self, *, use_tls: bool, guess: bool, speak: bool, listen_s: float) -> Contact:
        """Make a first contact; raises what a failed connection or handshake raises."""
        self.count(1)
        try:
            contact = await first_contact(
                self.exchanges.endpoint,
                self.scope,
                self.own_budget(),
                use_tls=use_tls,
                guess=guess,
                speak=speak,
                listen_s=listen_s,
                audit=self.exchanges.audit,
            )
        except TalkError as error:
            self.responsive = self.responsive or not isinstance(error, TimedOut)
            raise
        self.outcomes.contact = contact
        if contact.link is not None:
            self.exchanges.adopt(contact.link)
        self.responsive = self.responsive or not contact.silent
        self._saw_tls(contact.tls)
        if contact.greeting and not self.seen.greeting:
            self.seen = replace(self.seen, greeting=contact.greeting[:256])
        self._said = self._said or says_something(contact.said)
        self._note_reception(sent=bool(contact.request), unacknowledged=contact.unacknowledged)
        return contact

    async def ask_stream(self, probe: Probe, *, use_tls: bool) -> bool:
        """Ask one probe over a new connection; returns whether it recognised its service."""
        if probe.ask is None or self._too_late(probe) or not self._first_time(probe, "tls" if use_tls else "plain"):
            return False
        guard, budget = self._guard(probe), self._budget(probe)
        alpn = HTTP2_BY_ALPN if speaks_http2(probe) else ()
        stream = Stream(
            self.endpoint, self.scope, guard, budget, use_tls=use_tls, alpn=alpn, audit=self.exchanges.audit
        )
        if not is_default_port(probe, self.endpoint) and not greeted_by(probe, self.seen.greeting):
            stream.idle_s = _STRANGER_IDLE_S
            stream.prompt_s = _PROMPT_S if sum(not turn.got for turn in self.turns) >= _PATIENT_QUESTIONS else None
        # A web server on a debugger's port says nothing to a handshake, and there are more of those than debuggers.
        stream.prompt_s = PROMPT_S if probe.speaks_first else stream.prompt_s
        if greeted_by(probe, self.seen.greeting):
            self.outcomes.named.add(probe.id)
        tapped = TappedStream(stream)
        try:
            recognised = await self._settle(probe, probe.ask(tapped))
            self.outcomes.of_stream(probe, self._raised, tapped)
            if recognised and tapped.ahead:
                self.flag("it answers before it is asked")
            if recognised:
                self.flag(honeypot_words(tapped.got.decode("latin-1")))
            return recognised
        finally:
            self.count(tapped.connections)
            self.responsive = self.responsive or bool(tapped.got) or tapped.closed
            self.turns.append(Turn(bytes(tapped.sent), bytes(tapped.got)))
            self._saw_tls(stream.tls)
            # Who closes is there, though its close may overtake the acknowledgement.
            ignored = not tapped.got and not tapped.closed and stream.unacknowledged
            self._note_reception(sent=bool(tapped.sent), unacknowledged=ignored)
            stream.close()

    async def ask_http(self, probe: Probe) -> bool:
        """Ask one probe over HTTP, sharing answers with all others; returns whether it recognised its service."""
        if probe.ask_http is None or self._too_late(probe) or not self._first_time(probe, self._web_place):
            return False
        self.exchanges.budget = self._budget(probe)
        before = self.exchanges.requests_sent
        view = NotedView(self.exchanges, self._guard(probe))
        try:
            recognised = await self._settle(probe, probe.ask_http(view))
            missing = view.unheard if is_default_port(probe, self.endpoint) else view.missing
            if recognised:
                self.outcomes.partial = missing
                self.outcomes.beside_refusal = None if probe.one_refusal_protects else view.beside_refusal
            self.outcomes.of_http(probe, self._raised, missing, place=self._web_place)
            return recognised
        finally:
            self.count(self.exchanges.requests_sent - before)
            self._saw_tls(self.exchanges.tls)

    @property
    def _web_place(self) -> str:
        endpoint = self.exchanges.endpoint
        return f"http {endpoint.host} {endpoint.base_path}"

    async def ask_datagram(self, probe: Probe) -> bool:
        """Ask one probe over UDP; returns whether it recognised its service."""
        if probe.ask_datagram is None or self._too_late(probe):
            return False
        guard, budget = self._guard(probe), self._budget(probe)
        talk = Datagrams(self.endpoint, self.scope, guard, budget, self.exchanges.audit)
        recognised = await self._settle(probe, probe.ask_datagram(talk))
        self.outcomes.settle(probe, self._raised)
        return recognised

    def demand_for_certificate(self, home: Sequence[Probe]) -> None:
        """Note that the port refuses anybody without a client certificate; for some that is the product's lock."""
        self.locked, note = True, "TLS that demands a client certificate; nothing more can be learnt without one"
        self.seen = replace(self.seen, locked=True, note=note)
        for probe in home:
            if self.seen.probe is None and probe.mutual_tls_means_protected:
                self._keep(probe, named_by_its_port(probe))

    async def _settle(self, probe: Probe, answer: Awaitable[Facts | None]) -> bool:
        """Turn what an `ask` does into facts, a problem or nothing."""
        self._raised = None
        try:
            facts = await answer
            if facts is not None:
                self._keep(probe, facts)
        except ClientCertificateWanted:
            self.responsive = True
            self.demand_for_certificate([probe] if is_default_port(probe, self.endpoint) else [])
            return self.seen.probe is not None
        except NotAllowed as error:
            self._problem(Problem(ProblemKind.PROBE_OVERSTEPPED, str(self.endpoint), str(error)))
            return False
        except TalkError as error:
            self.responsive = self.responsive or isinstance(error, TlsFailed)
            self._raised = error
            fits = is_default_port(probe, self.endpoint) or bool(self.exchanges.answers)
            self.late = self.late or (isinstance(error, TimedOut) and fits)
            return False
        except ScannerError:
            # Out of scope, or an audit log that is full: not the probe's affair, and nothing more may be sent.
            raise
        except Exception as error:
            self._raised = error
            self.outcomes.named.add(probe.id)
            self._problem(Problem(ProblemKind.PROBE_CRASHED, str(self.endpoint), describe_crash(error, probe.id)))
            return False
        return facts is not None

    def _too_late(self, probe: Probe) -> bool:
        """Tell whether to ask no more, and note that this probe was not heard."""
        if not self.over:
            return False
        if not self.locked:
            self.outcomes.missed(probe, Unheard.TIMED_OUT)
        return True

    def _keep(self, probe: Probe, facts: Facts) -> None:
        facts = clean_facts(facts)
        self.seen = replace(self.seen, probe=probe, facts=facts, note=facts.note, decoy=facts.decoy or self.seen.decoy)
        self.responsive = True

    def count(self, connections: int) -> None:
        """Add to the connections that this took."""
        if connections:
            self.seen = replace(self.seen, connections=self.seen.connections + connections)

    def _problem(self, problem: Problem) -> None:
        self.seen = replace(self.seen, problems=(*self.seen.problems, problem))

    def _saw_tls(self, tls: TlsFacts | None) -> None:
        if tls is not None and self.seen.tls is None:
            self.seen = replace(self.seen, tls=tls)

    def _note_reception(self, *, sent: bool, unacknowledged: bool) -> None:
        self._unacknowledged += sent and unacknowledged
        self._acknowledged += sent and not unacknowledged

    def _first_time(self, probe: Probe, way: str) -> bool:
        asked = (probe.id, way)
        first = asked not in self._asked
        self._asked.add(asked)
        return first

    def own_budget(self) -> Budget:
        """Return the limits of a question that identification itself asks."""
        return Budget(self.end_s, _BYTES, self.now, self.patience)

    def _guard(self, probe: Probe) -> Guard:
        return Guard(probe.id, probe.sends, self.endpoint, self.printers_too)

    def _budget(self, probe: Probe) -> Budget:
        end_s = min(self.end_s, self.now() + self.patience.of(probe.deadline_s))
        return Budget(end_s, probe.budget_bytes, self.now, self.patience)
