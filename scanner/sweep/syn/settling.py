"""What stayed silent in slices that were asked to the end: settled once it is proven that answers could have come."""

from collections import Counter

from scanner.core.event import PortState
from scanner.sweep.engine import MOST_UNSCANNED_LINES, Tally
from scanner.sweep.outage_words import ALWAYS_SILENCED_WORDS, SILENCED_WORDS
from scanner.sweep.outages import MOST_EARLY, MOST_REJECTIONS, Outages
from scanner.sweep.syn.results import Results
from scanner.sweep.syn.schedule import Schedule, Slice
from scanner.sweep.syn.syn_order import SynOrder


class Settling:
    """Settles slices, has rounds of them asked again, or leaves them unscanned."""

    def __init__(
        self,
        outages: Outages[int],
        schedule: Schedule,
        results: Results,
        order: SynOrder,
        tally: Tally,
    ) -> None:
        """Take who judges the network, the slices, what is known of their endpoints, and which those are."""
        self._outages = outages
        self._schedule = schedule
        self._results = results
        self._order = order
        self._tally = tally

    def decide(self) -> None:
        """Take each slice from those that are over which can be decided now."""
        self._concede_when_due()
        over = self._schedule.over
        while over and self._is_ripe(over[0]):
            piece = over.popleft()
            worthless = self._worthless(piece)
            if self._is_proven(piece) or (worthless and piece.repeats < MOST_REJECTIONS and self._is_turned(piece)):
                for index in self._order.parts(piece.first, piece.count):
                    self._results.take_back(index)
            if worthless and piece.repeats < MOST_REJECTIONS:
                self._schedule.repeat(piece, worthless)
            elif worthless and not self._is_lapse(piece):
                for index in self._order.parts(piece.first, piece.count):
                    self._results.doubt(index, ALWAYS_SILENCED_WORDS)
            else:
                self._schedule.settle(piece)

    def states(self, piece: Slice) -> Counter[PortState]:
        """Return how many endpoints of a slice that is settled are in which state."""
        parts = self._order.parts(piece.first, piece.count)
        return sum(map(self._results.states, parts), Counter[PortState]())

    def leave(self) -> None:
        """Leave unscanned what is not settled when the run ends early."""
        left = sum(map(self._name_unsettled, self._schedule.in_flight))
        untouched = self._schedule.untouched
        shown = min(len(untouched), MOST_UNSCANNED_LINES)
        self._results.give_up(self._order.part(untouched.start, shown), "was not asked")
        self._tally.unscanned += left + len(untouched)

    def _name_unsettled(self, piece: Slice) -> int:
        total = 0
        for index in self._order.parts(piece.first, piece.count):
            if self._outages.turned_away:
                self._results.take_back(index)
            if self._outages.gone:
                self._results.doubt(index, SILENCED_WORDS)
                continue
            silent = index[~self._results.has_state(index)]
            total += len(silent)
            self._results.give_up(silent, "was asked, and the run ended before the answer")
        return total

    def _concede_when_due(self) -> None:
        """Wait for the first answer no longer when all was asked, or too much is silent to ask it all again."""
        if self._outages.unproven:
            waiting = sum(piece.silent for piece in self._schedule.over)
            if waiting >= MOST_EARLY or self._schedule.idle:
                self._outages.concede()

    def _is_ripe(self, piece: Slice) -> bool:
        outages, over_s = self._outages, piece.times[-1][1]
        if not (piece.silent or outages.doubts_refusals):
            return True
        if outages.undecided:
            return False
        if self._worthless(piece):
            return True
        nobody_to_ask = not (outages.has_known or outages.unproven)
        return outages.trusts(over_s) and (not piece.silent or nobody_to_ask or over_s <= outages.proof_s)

    def _worthless(self, piece: Slice) -> int:
        """Return how many rounds have to be asked again: those in an outage, or all if nobody had answered yet."""
        turned = sum(self._outages.is_turned(*times) for times in piece.times)
        if turned or not piece.silent:
            return turned
        if all(self._outages.is_early(sent_s) for sent_s, _ in piece.times):
            return len(piece.times)
        return sum(self._outages.is_doubtful(*times) for times in piece.times)

    def _is_turned(self, piece: Slice) -> bool:
        return any(self._outages.is_turned(*times) for times in piece.times)

    def _is_proven(self, piece: Slice) -> bool:
        return any(self._outages.is_proven(*times) for times in piece.times)

    def _is_lapse(self, piece: Slice) -> bool:
        """Tell whether nothing worse was noticed than a moment in which the network may have carried nothing."""
        known = self._is_proven(piece) or any(self._outages.in_window(*times) for times in piece.times)
        return not known
