"""What became of every question that one endpoint was asked, and whether all that had to be heard was.

A product at home on the port, or one that the port's own words named, has to be heard: yes or no. What any other
product would have said is nobody's loss, but a port that no longer accepts connections was not heard by anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Facts
from scanner.core.observation import Observation
from scanner.core.probe import Probe
from scanner.core.quirk import Cut
from scanner.core.talk import HttpAnswer
from scanner.core.unheard import Unheard, reason_of
from scanner.probes.choose_probes import is_default_port
from scanner.probes.contact import Contact
from scanner.probes.tap import TappedStream
from scanner.wire.reading import unheard_in

_OF_THE_LINK = {Unheard.REFUSED_LATER, Unheard.LOCAL_FAULT}
"""Reasons that say nothing of what was asked: whoever lives there was not heard."""
_HTTP = b"HTTP/"


class _Missing(NamedTuple):
    probe: Probe
    reason: Unheard
    hung_up: bool
    """Whether the peer ended the connection without one byte: that may be its word for "not my protocol"."""


@dataclass(slots=True)
class Outcomes:
    """Who was heard at one endpoint, who was not and why."""

    named: set[str] = field(default_factory=set)
    """Ids of the products that the port's greeting, page or answers speak of."""
    introduced: list[Probe] = field(default_factory=list)
    """The products whose title the port's pages have."""
    undecided: bool = False
    """Whether one of them did not answer as it does, and nobody else was found."""
    contact: Contact | None = None
    """The first contact, when there was one."""
    partial: Unheard | None = None
    """Why a question of the product that recognised itself has no answer, or a cut one."""
    beside_refusal: Unheard | None = None
    """The same, where it refused another question: the one that was put off may let strangers in."""
    _heard: set[str] = field(default_factory=set)
    _missing: dict[str, _Missing] = field(default_factory=dict)
    _put_off_at: dict[str, str] = field(default_factory=dict)
    _contact_failed: Unheard | None = None

    def heard(self, probe: Probe) -> None:
        """Note that a probe got an answer by which it could tell yes from no."""
        self._heard.add(probe.id)

    def missed(self, probe: Probe, reason: Unheard, *, hung_up: bool = False) -> None:
        """Note that a probe could not be put, or got no answer that it could read."""
        self._missing[probe.id] = _Missing(probe, reason, hung_up)

    def settle(
        self, probe: Probe, raised: Exception | None, reason: Unheard | None = None, *, hung_up: bool = False
    ) -> None:
        """Note how one question ended: with what was raised, or with what the probe made do without."""
        if raised is not None and not hung_up:
            reason = reason_of(raised)
        if reason is None:
            self.heard(probe)
        else:
            self.missed(probe, reason, hung_up=hung_up)

    def of_stream(self, probe: Probe, raised: Exception | None, tapped: TappedStream) -> None:
        """Note how a question over a stream ended; a probe that made do without a single byte was not heard."""
        if tapped.got:
            self.settle(probe, raised)
        elif tapped.closed:
            self.settle(probe, raised, Unheard.CUT_OFF, hung_up=True)
        else:
            self.settle(probe, raised, None if tapped.failure is None else reason_of(tapped.failure))

    def of_http(self, probe: Probe, raised: Exception | None, missing: Unheard | None, *, place: str = "") -> None:
        """Note how a question over HTTP ended; `missing` says why an answer was none.

        What a probe itself finds malformed is an answer that is not its product's. Who says no at one place, below a
        prefix, has not said what is at another where it was put off.
        """
        put_off = self._put_off_at.get(probe.id, place) != place
        if raised is None and missing is None and put_off:
            return
        if missing is not None:
            self._put_off_at[probe.id] = place
            self._heard.discard(probe.id)
        self.settle(probe, None if isinstance(raised, Malformed) else raised, missing)

    def contact_failed(self, error: Exception) -> None:
        """Note that not even a first contact could be made."""
        self._contact_failed = reason_of(error)

    def unheard(self, seen: Observation, home: Sequence[Probe]) -> Unheard | None:
        """Return why the endpoint was not heard out; None when it was, or when what it showed is enough."""
        if seen.facts is not None:
            return self._unheard_of_facts(seen.facts)
        if seen.service is not None:
            return self._unheard_at_its_word(seen.service)
        if self._contact_failed in _OF_THE_LINK:
            return self._contact_failed
        missing = [one for one in self._missing.values() if one.probe.id not in self._heard]
        counting = [one.reason for one in missing if self._counts(one, seen, home)]
        unheard = counting[0] if counting else self._page_unheard(home)
        return unheard or (Unheard.UNDECIDED if self.undecided else None)

    def _unheard_of_facts(self, facts: Facts) -> Unheard | None:
        """Return why what a product showed is not enough: one refusal says nothing of a question that was put off."""
        if facts.access > Access.REFUSED:
            return None
        return self.beside_refusal if facts.access is Access.REFUSED else facts.unheard or self.partial

    def _unheard_at_its_word(self, service: str) -> Unheard | None:
        """Return why a product that the port's greeting names was not heard: its name is no answer."""
        missing = self._missing.get(service)
        return None if missing is None or service in self._heard else missing.reason

    def _counts(self, one: _Missing, seen: Observation, home: Sequence[Probe]) -> bool:
        page = self.contact is not None and self.contact.answer is not None
        if page and one.reason is Unheard.MALFORMED and one.probe.ask_http is None:
            # Go's "404 page not found" names etcd's gRPC too: who answers that with HTTP/1.1 is none.
            return False
        if one.reason in _OF_THE_LINK or one.probe.id in self.named:
            return True
        return is_default_port(one.probe, seen.endpoint) and (self.contact is None or self._lives(one, home))

    def _lives(self, one: _Missing, home: Sequence[Probe]) -> bool:
        """Tell whether a product that was not heard may live behind what the first contact heard."""
        contact, probe = self.contact, one.probe
        if contact is None:
            return True
        if contact.answer is not None:
            return probe.ask_http is not None or self._beside_page(one, contact.answer, home)
        if contact.greeting and not (probe.greetings or probe.listens_first):
            return False
        # Whoever talks otherwise is another; who hangs up at everybody may be a proxy without anybody behind it.
        return not (one.hung_up and contact.said)

    def _beside_page(self, one: _Missing, page: HttpAnswer, home: Sequence[Probe]) -> bool:
        """Tell whether a product that is no web server may live where a page was shown.

        Who shows a page that can be read is a web server, and waits in silence for the end of any other request. Half a
        page, or "not now", may come from what stands before it, unless web servers live there.
        """
        web = unheard_in(page) is None or one.probe.speaks_first or any(other.ask_http for other in home)
        return not web and one.reason is not Unheard.MALFORMED

    def _page_unheard(self, home: Sequence[Probe]) -> Unheard | None:
        """Return why the first contact, which the products over HTTP live by, was not heard out."""
        contact = self.contact
        if contact is None:
            # A reset may come before the connection is used, where only a contact would have found who lives there.
            return self._contact_failed if any(probe.id not in self._heard for probe in home) else None
        if contact.answer is not None:
            return None if _endless(contact.answer) else unheard_in(contact.answer)
        if contact.reply.startswith(_HTTP):
            return Unheard.CUT_OFF if contact.closed else Unheard.TIMED_OUT
        web = [probe for probe in home if probe.ask_http is not None and probe.id not in self._heard]
        if not web or contact.said:
            return None
        return Unheard.CUT_OFF if contact.closed else Unheard.TIMED_OUT


def _endless(answer: HttpAnswer) -> bool:
    """Tell whether a page was heard as far as it goes: a stream of pictures or events that nobody ends."""
    told = answer.header("content-length") or answer.header("transfer-encoding")
    return answer.cut is Cut.TIME and bool(answer.body) and not told
