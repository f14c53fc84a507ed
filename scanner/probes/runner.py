"""Asks one endpoint: runs probes within limits, and turns whatever they do into facts or problems."""

import dataclasses
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from scanner.core.endpoint import Endpoint
from scanner.core.errors import ClientCertificateWanted, NotAllowed, ScopeError, TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.ports import Transport
from scanner.core.probe import Probe
from scanner.core.report import Problem
from scanner.core.scope import Scope
from scanner.core.talk import TlsFacts
from scanner.core.text import clean
from scanner.net.budget import Budget
from scanner.net.datagram import Datagrams
from scanner.net.guard import Guard, may_send_at_all
from scanner.net.http import HttpExchanges
from scanner.net.http_view import HttpView
from scanner.net.stream import Stream
from scanner.probes.choose import choose, is_default_port, speaks_tls_there
from scanner.probes.scrub import scrub

ENDPOINT_DEADLINE_S = 30.0
"""Longest time spent on one endpoint, all probes together."""


@dataclass(slots=True)
class Look:
    """What asking one endpoint gave."""

    endpoint: Endpoint
    probe: Probe | None = None
    facts: Facts | None = None
    tls: TlsFacts | None = None
    suspect: str | None = None
    note: str | None = None
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Runner:
    """Asks endpoints with a fixed set of probes; its `look` never raises because of a peer or a probe."""

    probes: Sequence[Probe]
    scope: Scope
    identify: bool = True
    now: Callable[[], float] = time.monotonic

    async def look(self, endpoint: Endpoint, *, tls: bool = False) -> Look:
        """Ask one open endpoint who it is and what it shows; `tls` is what the user's URL said."""
        look = Look(endpoint)
        if not may_send_at_all(endpoint):
            look.note = "a printer port: nothing is ever sent to it"
            return look
        candidates = choose(self.probes, endpoint, identify=self.identify)
        end_s = self.now() + ENDPOINT_DEADLINE_S
        exchanges = HttpExchanges(
            endpoint,
            self.scope,
            Budget(end_s, 1 << 20, self.now),
            use_tls=tls or _http_starts_with_tls(candidates, endpoint),
        )
        try:
            for probe in candidates:
                if self.now() >= end_s:
                    look.note = "gave up: the endpoint took too long"
                    break
                if await self._ask(look, probe, exchanges, end_s):
                    break
        finally:
            look.tls = look.tls or exchanges.tls
            await exchanges.close()
        return look

    async def _ask(self, look: Look, probe: Probe, exchanges: HttpExchanges, end_s: float) -> bool:
        """Ask one probe; returns whether it recognised its service."""
        try:
            facts = await self._converse(look, probe, exchanges, end_s)
        except ClientCertificateWanted as error:
            facts = _mutual_tls(probe, look.endpoint)
            look.note = f"{error}; nothing more can be learnt without one"
        except NotAllowed as error:
            look.problems.append(Problem("probe-overstepped", str(look.endpoint), str(error)))
            return False
        except ScopeError:
            raise
        except TalkError:
            return False
        except Exception as error:
            look.problems.append(Problem("probe-crashed", str(look.endpoint), _describe(probe, error)))
            return False
        if facts is None:
            return False
        look.probe = probe
        look.facts = scrub(dataclasses.replace(facts, tls=facts.tls or look.tls))
        look.note = look.facts.note
        look.suspect = look.facts.suspect
        return True

    async def _converse(self, look: Look, probe: Probe, exchanges: HttpExchanges, end_s: float) -> Facts | None:
        endpoint = look.endpoint
        guard = Guard(probe.id, probe.sends, endpoint)
        budget = Budget(min(end_s, self.now() + probe.deadline_s), probe.budget_bytes, self.now)
        if endpoint.transport is Transport.UDP:
            if probe.ask_datagram is None:
                return None
            return await probe.ask_datagram(Datagrams(endpoint, self.scope, guard, budget))
        if probe.ask_http is not None:
            exchanges.budget = budget
            facts = await probe.ask_http(HttpView(exchanges, guard))
            look.tls = exchanges.tls
            return facts
        if probe.ask is None:
            return None
        stream = Stream(endpoint, self.scope, guard, budget, use_tls=speaks_tls_there(probe, endpoint))
        try:
            return await probe.ask(stream)
        finally:
            look.tls = look.tls or stream.tls
            stream.close()


def _http_starts_with_tls(candidates: Sequence[Probe], endpoint: Endpoint) -> bool:
    hinted = [probe for probe in candidates if probe.ask_http is not None and is_default_port(probe, endpoint)]
    return bool(hinted) and all(speaks_tls_there(probe, endpoint) for probe in hinted)


def _mutual_tls(probe: Probe, endpoint: Endpoint) -> Facts | None:
    if not (probe.mutual_tls_means_protected and is_default_port(probe, endpoint)):
        return None
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
