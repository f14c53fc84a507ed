"""What the sweep has found so far: two bits an endpoint, one an address, and the counts of the tally."""

from collections import Counter
from collections.abc import Sequence
from itertools import repeat
from typing import TYPE_CHECKING

from scanner.core.address import V4_FIRST, to_address
from scanner.core.count import counted
from scanner.core.endpoint import Endpoint
from scanner.core.event import PortEvent, PortState
from scanner.core.plan import describe
from scanner.core.ports import Transport
from scanner.core.problem import Problem, ProblemKind
from scanner.sweep.engine import MOST_ALIVE, MOST_CLOSED_LINES, MOST_UNSCANNED_LINES, Batch, Tally
from scanner.sweep.governor import Governor
from scanner.sweep.loss import Loss
from scanner.sweep.outages import Outages
from scanner.sweep.syn.bitmap import Bitmap
from scanner.sweep.syn.layout import Layout
from scanner.sweep.syn.parse import Answers, Said
from scanner.sweep.syn.schedule import CANARY_PORT, MOST_ROUNDS, SOURCE_PORTS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_REPEATED_S, _PROMPT_S = 0.95, 0.25
"""An answer this long after its round began, and after its round ended, came on a repetition by the peer, a second
after the first copy (RFC 6298): that one was lost on the way back."""

_FEW = 64
"""Answers of a batch among which canaries are chosen: it may hold many of one host."""
_LINK_LOCAL = 0xFE80 >> 6


class Results:
    """Counts each endpoint once, whatever arrives how often."""

    def __init__(
        self,
        layout: Layout,
        tally: Tally,
        first_source_port: int,
        outages: Outages[int],
        *,
        keep_met: bool = False,
    ) -> None:
        """Take who is told of answers, and whether `newly_met` will be asked for."""
        import numpy as np

        self._layout = layout
        self._tally = tally
        self._first_source_port = first_source_port
        self._outages = outages
        self._addresses = layout.space.addresses
        self.answered = Bitmap(layout.space.size)
        self._unreachable = Bitmap(layout.space.size)
        self.alive = Bitmap(self._addresses.size)
        self._round_began_s = np.full(SOURCE_PORTS, np.inf)
        self._round_ended_s = np.full(SOURCE_PORTS, np.inf)
        self._opened = Bitmap(layout.space.size)
        self._keep_met = keep_met
        self._met: list[int] = []
        self.loss = Loss()
        self.governor: Governor | None = None
        self.lost = 0
        """Endpoints, counted as unreachable meanwhile, that this machine could not send to: unscanned in the end."""
        self.duplicates = 0
        self.strays = 0
        """Genuine cookies for endpoints that are not planned: never expected."""

    def round_starts(self, source_port: int, now_s: float) -> None:
        """Note that a source port, counted from 0, is in use again."""
        self._round_began_s[source_port] = now_s
        self._round_ended_s[source_port] = float("inf")

    def round_ends(self, source_port: int, now_s: float) -> None:
        """Note when the last SYN from a source port went out."""
        self._round_ended_s[source_port] = now_s

    def note(self, answers: Answers, now_s: float) -> Batch:
        """Count what is new among the answers and return the ports that turned out open."""
        import numpy as np

        index = self.index_of(answers)
        planned = index >= 0
        self.strays += int(len(planned) - planned.sum())
        final = planned & (answers.said <= Said.CLOSED)
        self._note_unreachable(index[planned & (answers.said == Said.UNREACHABLE)])
        chosen = np.flatnonzero(final)
        fresh = chosen[self.answered.add(index[chosen])]
        self.duplicates += len(chosen) - len(fresh)
        if not len(fresh):
            return []
        said = answers.said[fresh]
        is_open = said == Said.OPEN
        opened = int(is_open.sum())
        self._tally.open += opened
        self._tally.closed += len(fresh) - opened
        self._tally.unreachable -= int(self._unreachable.has(index[fresh]).sum())
        self._opened.add(index[fresh[is_open]])
        self._weigh(answers.source_port[fresh], now_s)
        self._note_what_was_said(answers.source_port[fresh], is_open)
        self._note_alive(answers, fresh)
        if self._outages.wants_known or (opened and self._outages.wants_open):
            self._keep_canaries(answers, index, fresh)
        if self._tally.planned <= MOST_CLOSED_LINES:
            self._name_closed(answers, fresh[said == Said.CLOSED])
        return self._events(answers, fresh[is_open]) if opened else []

    def cut_off(self, index: "NDArray[np.int64]", *, why: str | None = None) -> None:
        """Note endpoints that nothing was sent to: no neighbour has the address, or `why` this machine could not."""
        fresh = self._note_unreachable(index)
        if why is not None:
            self.give_up(fresh, why)
            self.lost += len(fresh)

    def leave_lost(self) -> None:
        """Once all is over, count as unscanned what this machine could not send to."""
        if self.lost:
            self._tally.unreachable -= self.lost
            self._tally.unscanned += self.lost
            told = f"{counted(self.lost, 'endpoint', 'was', 'were')} not looked at: this machine can't send there"
            self._tally.problems.append(Problem(ProblemKind.LOCAL_ERROR, "sweep", told))

    def has_state(self, index: "NDArray[np.int64]") -> "NDArray[np.bool_]":
        """Tell which endpoints have answered, or were said to be out of reach."""
        return self.answered.has(index) | self._unreachable.has(index)

    def give_up(self, index: "NDArray[np.int64]", why: str) -> None:
        """Name endpoints that were not asked to the end."""
        lines = self._tally.unscanned_list
        for place in index[: max(0, MOST_UNSCANNED_LINES - len(lines))]:
            number, port = self._layout.space.at(int(place))
            lines.append(f"{describe(to_address(number), port)} {why}")

    def take_back(self, index: "NDArray[np.int64]") -> None:
        """Forget that endpoints refused: we were refused everywhere then."""
        closed = index[self.answered.has(index) & ~self._opened.has(index)]
        self.answered.discard(closed)
        self._tally.closed -= len(closed)
        if self._tally.closed_list:
            places = map(self._layout.space.at, closed.tolist())
            gone = {str(Endpoint(to_address(number), port)) for number, port in places}
            self._tally.closed_list[:] = [one for one in self._tally.closed_list if one not in gone]

    def doubt(self, index: "NDArray[np.int64]", why: str) -> None:
        """Leave unscanned what has not answered: whatever was said or not said of it fell into an outage."""
        silent = index[~self.answered.has(index)]
        # What this machine could not send to is counted apart, and in the end.
        told = self._unreachable.has(silent)
        silent, taken_back = (silent[~told], 0) if self.lost else (silent, int(told.sum()))
        self._unreachable.discard(silent)
        self._tally.unreachable -= taken_back
        self._tally.unscanned += len(silent)
        self.give_up(silent, why)

    def states(self, index: "NDArray[np.int64]") -> Counter[PortState]:
        """Return how many of these endpoints, asked to the end, are in which state."""
        answered = self.answered.has(index)
        opened = int(self._opened.has(index).sum())
        unreachable = int((self._unreachable.has(index) & ~answered).sum())
        closed = int(answered.sum()) - opened
        silent = len(index) - opened - closed - unreachable
        return Counter(
            {
                PortState.OPEN: opened,
                PortState.CLOSED: closed,
                PortState.UNREACHABLE: unreachable,
                PortState.FILTERED: silent,
            }
        )

    def met(self, addresses: Sequence[int]) -> None:
        """Take over the hosts that answered in an earlier part of the run."""
        import numpy as np

        self.alive.add(np.array([self._addresses.rank(number) for number in addresses], dtype=np.int64))
        self._tally.hosts_alive += len(addresses)
        self._tally.alive.update(addresses[:MOST_ALIVE])

    def newly_met(self) -> list[int]:
        """Return the hosts that answered since the last call, for a run that can be resumed."""
        met, self._met = self._met, []
        return met

    def index_of(self, answers: Answers) -> "NDArray[np.int64]":
        """Return the indexes of the endpoints that answered, NOT_PLANNED for others."""
        import numpy as np

        if answers.family == 4:
            return self._layout.index_v4(answers.address.astype(np.uint32), answers.port)
        return np.array(
            [
                self._layout.index_v6(number, port)
                for number, port in zip(
                    _numbers(answers, np.arange(len(answers.port))), answers.port.tolist(), strict=True
                )
            ],
            dtype=np.int64,
        )

    def _note_unreachable(self, index: "NDArray[np.int64]") -> "NDArray[np.int64]":
        """Count what is unreachable, and return what is so for the first time."""
        index = index[~self.answered.has(index)]
        fresh = index[self._unreachable.add(index)]
        self._tally.unreachable += len(fresh)
        return fresh

    def _weigh(self, source_port: "NDArray[np.uint32]", now_s: float) -> None:
        """Tell loss and governor which answers came at once and which took a repetition."""
        import numpy as np

        counts = np.bincount(source_port - np.uint32(self._first_source_port), minlength=SOURCE_PORTS)
        for port in np.flatnonzero(counts).tolist():
            count, number = int(counts[port]), port % MOST_ROUNDS
            if port < CANARY_PORT:
                self._outages.answered(float(self._round_began_s[port]))
            repeated = now_s > max(self._round_began_s[port] + _REPEATED_S, self._round_ended_s[port] + _PROMPT_S)
            late = number > 0 or bool(repeated)
            self.loss.answer(count, late=late)
            if self.governor is not None:
                asked_s = min(now_s, float(self._round_ended_s[port - number]))
                self.governor.answer(asked_s, count, late=late)
                self.governor.back(now_s, now_s, count)

    def _keep_canaries(self, answers: Answers, index: "NDArray[np.int64]", fresh: "NDArray[np.intp]") -> None:
        """Keep endpoints that answered the first question at once: who is slow or far says little of the network."""
        import numpy as np

        first_round = (answers.source_port[fresh] - np.uint32(self._first_source_port)) % MOST_ROUNDS == 0
        chosen = fresh[first_round][:_FEW] if self._outages.has_known else fresh[:_FEW]
        for number, place in zip(_numbers(answers, chosen), index[chosen].tolist(), strict=True):
            self._outages.keep(number, place, is_open=bool(self._opened.has(np.array([place]))[0]))

    def _note_what_was_said(self, source_port: "NDArray[np.uint32]", is_open: "NDArray[np.bool_]") -> None:
        """Tell when what was accepted, and what was refused, had been asked for."""
        import numpy as np

        began_s = self._round_began_s[source_port - np.uint32(self._first_source_port)]
        if is_open.any():
            self._outages.accepted(float(began_s[is_open].max()))
        if not is_open.all():
            self._outages.refused(float(began_s[~is_open].max()), int((~is_open).sum()))

    def _name_closed(self, answers: Answers, closed: "NDArray[np.intp]") -> None:
        numbers = _numbers(answers, closed)
        for number, port in zip(numbers, answers.port[closed].tolist(), strict=True):
            self._tally.closed_list.append(str(Endpoint(to_address(number), port)))

    def _note_alive(self, answers: Answers, fresh: "NDArray[np.intp]") -> None:
        import numpy as np

        if answers.family == 4:
            rank = self._layout.rank_v4(answers.address[fresh].astype(np.uint32))
        else:
            rank = np.array([self._addresses.rank(number) for number in _numbers(answers, fresh)], dtype=np.int64)
        new = self.alive.add(rank)
        self._tally.hosts_alive += len(new)
        room = MOST_ALIVE - len(self._tally.alive)
        if room > 0:
            self._tally.alive.update(_numbers(answers, fresh[new[:room]]))
        if self._keep_met:
            self._met += _numbers(answers, fresh[new])

    def _events(self, answers: Answers, opened: "NDArray[np.intp]") -> Batch:
        numbers = _numbers(answers, opened)
        rows = zip(numbers, answers.port[opened].tolist(), repeat(Transport.TCP), repeat(PortState.OPEN), repeat(None))
        return list(map(PortEvent._make, rows))


def _numbers(answers: Answers, chosen: "NDArray[np.intp]") -> list[int]:
    """Return places on the address line; a link-local IPv6 address carries the interface that its answer came in on."""
    if answers.family == 4:
        numbers_v4: list[int] = (answers.address[chosen].astype("int64") + V4_FIRST).tolist()
        return numbers_v4
    numbers = []
    for (high, low), interface in zip(
        answers.address[chosen].tolist(), answers.interface[chosen].tolist(), strict=True
    ):
        number = high << 64 | low
        numbers.append(interface << 128 | number if high >> 54 == _LINK_LOCAL else number)
    return numbers
