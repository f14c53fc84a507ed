"""One conversation with an endpoint: one probe at a time, within its limits, with a record of what was asked."""

import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from scanner.core.endpoint import Endpoint
from scanner.core.errors import ClientCertificateWanted, NotAllowed, ScannerError, TalkError, TimedOut, TlsFailed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Probe
from scanner.core.report import Problem
from scanner.core.scope import Scope
from scanner.core.sends import Send, Verb, get
from scanner.core.talk import HttpAnswer
from scanner.core.text import clean
from scanner.net.budget import Budget
from scanner.net.datagram import Datagrams
from scanner.net.guard import Guard
from scanner.net.http import HttpExchanges, Request
from scanner.net.http_view import HttpView
from scanner.net.stream import Stream
from scanner.probes.choose_probes import greeted_by, is_default_port
from scanner.probes.clean_facts import clean_facts
from scanner.probes.contact import Contact, first_contact, is_gateway_error, says_something
from scanner.probes.decoy import Turn, honeypot_words
from scanner.probes.http_check import CONTROL_PATH
from scanner.probes.icon import ICON_SENDS, icon_hash, icon_path
from scanner.probes.likeness import same_kind
from scanner.probes.look import Look
from scanner.probes.tap import TappedStream

MOST_SILENT_CONNECTIONS = 3
"""Connections after which a port that never did anything is left alone."""
_STRANGER_IDLE_S = 1.0
"""Patience with a port that is nobody's default: most questions to it are the wrong ones."""
_PATIENT_QUESTIONS = 6
"""Questions in vain after which ten round trips are patience enough: the likeliest products have been asked."""
_BYTES = 1 << 20


@dataclass(slots=True)
class Conversation:
    """What is asked of one endpoint; nothing that a peer or a probe does gets out of `ask_...`."""

    look: Look
    probes: Sequence[Probe]
    scope: Scope
    now: Callable[[], float]
    end_s: float
    """When to stop, on the clock of `now`."""
    exchanges: HttpExchanges
    responsive: bool = False
    """Whether the port ever said anything or ended a connection by itself."""
    locked: bool = False
    """Whether the port refuses anybody without a client certificate."""
    printers_too: bool = False
    """Whether the user named the services that are asked on a printer's port."""
    late: bool = False
    """Whether a product at home on the port, or one that a front page led to, did not answer in time."""
    turns: list[Turn] = field(default_factory=list)
    icon_asked: str | None = None
    """The path of the icon that identification asked for by itself."""
    _said: bool = False
    """Whether a first contact tapped anything but a gateway's word that nobody is behind it."""
    _unacknowledged: int = 0
    _acknowledged: int = 0
    _asked: set[tuple[str, str]] = field(default_factory=set)

    @property
    def endpoint(self) -> Endpoint:
        """Where the questions go."""
        return self.look.endpoint

    @property
    def over(self) -> bool:
        """Whether to stop asking: out of time, locked, or mute."""
        if self.now() >= self.end_s:
            self.look.note = "gave up: the endpoint took too long"
            return True
        return self.locked or (not self.responsive and self.look.connections >= MOST_SILENT_CONNECTIONS)

    @property
    def mute(self) -> bool:
        """Whether nothing of its own ever came from the port."""
        if self._said or self.locked or any(says_something(turn.got) for turn in self.turns):
            return False
        answers = self.exchanges.answers.values()
        return all(is_gateway_error(answer) for answer in answers) if answers else self.look.tls is None

    @property
    def unheard(self) -> bool:
        """Whether nothing that was sent ever reached the other machine."""
        return self.mute and self._unacknowledged > 0 and not self._acknowledged

    async def contact(self, *, use_tls: bool, guess: bool, speak: bool, listen_s: float) -> Contact:
        """Make a first contact; raises what a failed connection or handshake raises."""
        self.look.connections += 1
        try:
            contact = await first_contact(
                self.exchanges.endpoint,
                self.scope,
                Budget(self.end_s, _BYTES, self.now),
                use_tls=use_tls,
                guess=guess,
                speak=speak,
                listen_s=listen_s,
                audit=self.exchanges.audit,
            )
        except TalkError as error:
            self.responsive = self.responsive or not isinstance(error, TimedOut)
            raise
        self.responsive = self.responsive or not contact.silent
        self.look.tls = self.look.tls or contact.tls
        self.look.greeting = self.look.greeting or contact.greeting[:256]
        self._said = self._said or says_something(contact.said)
        self._note_reception(sent=bool(contact.request), unacknowledged=contact.unacknowledged)
        return contact

    async def ask_stream(self, probe: Probe, *, use_tls: bool) -> bool:
        """Ask one probe over a new connection; returns whether it recognised its service."""
        if probe.ask is None or self.over or not self._first_time(probe, "tls" if use_tls else "plain"):
            return False
        guard, budget = self._guard(probe), self._budget(probe)
        stream = Stream(self.endpoint, self.scope, guard, budget, use_tls=use_tls, audit=self.exchanges.audit)
        if not is_default_port(probe, self.endpoint) and not greeted_by(probe, self.look.greeting):
            stream.idle_s = _STRANGER_IDLE_S
            stream.prompt = sum(not turn.got for turn in self.turns) >= _PATIENT_QUESTIONS
        # A web server on a debugger's port says nothing to a handshake, and there are more of those than debuggers.
        stream.prompt = stream.prompt or probe.speaks_first
        tapped = TappedStream(stream)
        try:
            recognised = await self._settle(probe, probe.ask(tapped))
            if recognised and tapped.ahead:
                self.look.decoy = self.look.decoy or "it answers before it is asked"
            if recognised:
                self.look.decoy = self.look.decoy or honeypot_words(tapped.got.decode("latin-1"))
            return recognised
        finally:
            self.look.connections += tapped.connections
            self.responsive = self.responsive or bool(tapped.got) or tapped.closed
            self.turns.append(Turn(bytes(tapped.sent), bytes(tapped.got)))
            self.look.tls = self.look.tls or stream.tls
            # Who closes is there, though its close may overtake the acknowledgement.
            ignored = not tapped.got and not tapped.closed and stream.unacknowledged
            self._note_reception(sent=bool(tapped.sent), unacknowledged=ignored)
            stream.close()

    async def ask_http(self, probe: Probe) -> bool:
        """Ask one probe over HTTP, sharing answers with all others; returns whether it recognised its service."""
        if probe.ask_http is None or self.over or not self._first_time(probe, f"http {self.exchanges.endpoint.host}"):
            return False
        self.exchanges.budget = self._budget(probe)
        before = self.exchanges.requests_sent
        try:
            return await self._settle(probe, probe.ask_http(HttpView(self.exchanges, self._guard(probe))))
        finally:
            self.look.connections += self.exchanges.requests_sent - before
            self.look.tls = self.look.tls or self.exchanges.tls

    async def ask_datagram(self, probe: Probe) -> bool:
        """Ask one probe over UDP; returns whether it recognised its service."""
        if probe.ask_datagram is None or self.now() >= self.end_s:
            return False
        guard, budget = self._guard(probe), self._budget(probe)
        talk = Datagrams(self.endpoint, self.scope, guard, budget, self.exchanges.audit)
        return await self._settle(probe, probe.ask_datagram(talk))

    async def control(self) -> HttpAnswer | None:
        """Return the answer to a path that can't exist, None when there is none."""
        return await self._get(CONTROL_PATH, (get(CONTROL_PATH),))

    async def icon(self, front: HttpAnswer) -> int | None:
        """Return the hash of the icon that belongs to a front page, None when there is none to be had."""
        path = icon_path(front, self.exchanges.endpoint)
        if path is None or self.over:
            return None
        self.icon_asked = path
        answer = await self._get(path, ICON_SENDS)
        return icon_hash(answer, front) if answer is not None else None

    async def _get(self, path: str, sends: Sequence[Send]) -> HttpAnswer | None:
        """Ask for a page on identification's own account."""
        view = HttpView(self.exchanges, Guard("identify", sends, self.endpoint))
        self.exchanges.budget = Budget(self.end_s, _BYTES, self.now)
        self.look.connections += 1
        try:
            return await view.get(path)
        except TalkError:
            return None

    @property
    def front(self) -> HttpAnswer | None:
        """The answer to `GET /` below the base path, if that was asked."""
        return self.exchanges.answers.get(Request(Verb.GET, f"{self.endpoint.base_path}/"))

    def proof_exchanges(self) -> list[tuple[Request, HttpAnswer]]:
        """Return what was asked and answered below the front page for the proof; all of it where it names nothing.

        What other probes asked before says nothing: many products give their start page for any path they don't know.
        """
        base = self.endpoint.base_path
        own = {f"{base}/", f"{base}{CONTROL_PATH}", f"{base}{self.icon_asked}"}
        below = {
            request.path.removeprefix(base): (request, answer)
            for request, answer in self.exchanges.answers.items()
            if request.verb is Verb.GET and request.path not in own
        }
        proof = self.look.facts.proof if self.look.facts is not None else ()
        named = [below[path] for path in (one.sent.partition(" ")[2] for one in proof) if path in below]
        return named or list(below.values())

    async def same_again(self) -> bool:
        """Ask the last question of the proof once more; returns whether the answer is of the same kind."""
        asked = self.proof_exchanges()
        if not asked or self.now() >= self.end_s:
            return True
        request, answer = asked[-1]
        self.exchanges.budget = Budget(self.end_s, _BYTES, self.now)
        self.look.connections += 1
        try:
            return same_kind(answer, await self.exchanges.again(request))
        except TalkError:
            # Silence contradicts nothing.
            return True

    def demand_for_certificate(self, home: Sequence[Probe]) -> None:
        """Note that the port refuses anybody without a client certificate; for some that is the product's lock."""
        self.locked = True
        self.look.note = "TLS that demands a client certificate; nothing more can be learnt without one"
        for probe in home:
            if self.look.probe is None and probe.mutual_tls_means_protected:
                self._keep(probe, _mutual_tls(probe))

    async def _settle(self, probe: Probe, answer: Awaitable[Facts | None]) -> bool:
        """Turn what an `ask` does into facts, a problem or nothing."""
        try:
            facts = await answer
        except ClientCertificateWanted:
            self.responsive = True
            self.demand_for_certificate([probe] if is_default_port(probe, self.endpoint) else [])
            return self.look.probe is not None
        except NotAllowed as error:
            self.look.problems.append(Problem("probe-overstepped", str(self.endpoint), str(error)))
            return False
        except TalkError as error:
            self.responsive = self.responsive or isinstance(error, TlsFailed)
            fits = is_default_port(probe, self.endpoint) or bool(self.exchanges.answers)
            self.late = self.late or (isinstance(error, TimedOut) and fits)
            return False
        except ScannerError:
            # Out of scope, or an audit log that is full: not the probe's affair, and nothing more may be sent.
            raise
        except Exception as error:
            self.look.problems.append(Problem("probe-crashed", str(self.endpoint), _describe(probe, error)))
            return False
        if facts is None:
            return False
        self._keep(probe, facts)
        return True

    def _keep(self, probe: Probe, facts: Facts) -> None:
        look = self.look
        look.probe = probe
        look.facts = clean_facts(facts)
        look.note = look.facts.note
        look.decoy = look.facts.decoy or look.decoy
        self.responsive = True

    def _note_reception(self, *, sent: bool, unacknowledged: bool) -> None:
        self._unacknowledged += sent and unacknowledged
        self._acknowledged += sent and not unacknowledged

    def _first_time(self, probe: Probe, way: str) -> bool:
        asked = (probe.id, way)
        first = asked not in self._asked
        self._asked.add(asked)
        return first

    def _guard(self, probe: Probe) -> Guard:
        return Guard(probe.id, probe.sends, self.endpoint, self.printers_too)

    def _budget(self, probe: Probe) -> Budget:
        return Budget(min(self.end_s, self.now() + probe.deadline_s), probe.budget_bytes, self.now)


def _mutual_tls(probe: Probe) -> Facts:
    return Facts(
        access=Access.REFUSED,
        product=probe.title,
        note="named by its port: it refuses anybody without a client certificate",
        proof=(Exchange("TLS handshake", "the server demands a client certificate"),),
    )


def _describe(probe: Probe, error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
    return clean(f"{probe.id}: {type(error).__name__}: {error} at {place}; please report this", 300)
