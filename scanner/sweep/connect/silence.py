"""What is no answer: silence, "nobody is there", a router without a link address; kept until it means something.

It is settled when the network has proven that answers could have come, and, on a host that answers, the host too.
"""

from collections.abc import Callable
from typing import Protocol

from scanner.core.event import PortState
from scanner.sweep.connect.canary import Belief, Canary, Held
from scanner.sweep.connect.errnos import Fault
from scanner.sweep.connect.local_faults import LocalFaults
from scanner.sweep.connect.order import Slot
from scanner.sweep.connect.results import Results
from scanner.sweep.connect.rounds import Rounds
from scanner.sweep.connect.rtt import Hosts
from scanner.sweep.outage_words import ALWAYS_SILENCED_WORDS, SILENCED_WORDS

_NOBODY_YET = "silent, and nothing had answered yet"


class HostPaces(Protocol):
    """Who knows whether one host answers (scanner.sweep.connect.shares)."""

    def hold(self, held: Held, *, final: bool) -> bool:
        """Keep a silent port until its host has confirmed it; returns False when it may be believed."""


class Silence:
    """Holds what is no answer, and settles it or has it asked again."""

    def __init__(
        self,
        now_s: float,
        *,
        hosts: Hosts,
        rounds: Rounds,
        results: Results,
        local_faults: LocalFaults,
        failed: Callable[[int, Slot, Fault], None],
    ) -> None:
        """Take the parts of a sweep, and whom to tell of an attempt that this machine or its router could not make."""
        self.canary = Canary(now_s)
        self.paces: HostPaces | None = None
        self._hosts = hosts
        self._rounds = rounds
        self._results = results
        self._local_faults = local_faults
        self._failed = failed

    def hold(self, held: Held) -> None:
        """Take in what is no answer."""
        if held.outcome is not Fault.NO_ROUTER:
            self._local_faults.settled(held.slot.position)
        if not self.canary.hold(held):
            self._settle(held)

    def absent(self, slot: Slot, asked_s: float, now_s: float) -> None:
        """Take in that no neighbour has an address, as far as this machine could hear on its link."""
        self.hold(Held(now_s, asked_s, 1, slot, PortState.UNREACHABLE))

    def decide(self) -> None:
        """Settle the silence that a canary has confirmed by now, and repeat what was silent during an outage."""
        for held, belief in self.canary.settle():
            # A host that lives is asked again by the later attempts, which all come after the first answer.
            lives = held.outcome is None and held.slot.address in self._hosts.living
            if belief is Belief.UNKNOWN:
                self._results.doubt(held.attempt, held.slot, ALWAYS_SILENCED_WORDS)
            elif belief is Belief.CONFIRMED or (lives and self.canary.before_first_answer(held)):
                self._settle(held)
            else:
                self._rounds.again(held.attempt, held.slot)

    def answered(self, sent_s: float) -> None:
        """Note that the network works; if all was asked before anybody answered, what is not settled is asked again."""
        late = self.canary.late
        self.canary.answered(sent_s)
        if self.canary.late and not late:
            self._rounds.doubt()

    def believe(self, held: Held) -> None:
        """Settle what is no answer, or leave it to a later attempt."""
        if isinstance(held.outcome, Fault):
            self._failed(held.attempt, held.slot, held.outcome)
        elif held.outcome is not None:
            self._results.settle(held.attempt, held.slot, held.outcome)
        else:
            final = self._rounds.silent(held.attempt, held.slot)
            self._results.silent(held.attempt, held.slot, final=final)

    def abandon(self) -> None:
        """Leave what nothing has confirmed unscanned."""
        why = _NOBODY_YET if self.canary.unproven else SILENCED_WORDS
        for held in self.canary.left():
            self._results.give_up(held.attempt, held.slot, why)

    def _settle(self, held: Held) -> None:
        if self.paces is None or not self.paces.hold(held, final=self._rounds.is_last(held.attempt)):
            self.believe(held)
