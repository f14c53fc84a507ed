"""A wire and a clock of our own: the engine's thread runs in no time, and every SYN is on record."""

from dataclasses import dataclass, field

import numpy as np

from scanner.net.clock import Clock
from scanner.sweep.engine import Sweep
from scanner.sweep.kernel import Route
from scanner.sweep.pace import make_governor
from scanner.sweep.syn.cookies import Cookies
from scanner.sweep.syn.layout import Layout, Targets
from scanner.sweep.syn.loop import Loop
from scanner.sweep.syn.parse import Answers, Parser, Said
from scanner.sweep.syn.routes import Piece, Routes

FIRST_PORT = 61_000
TICK_S = 1e-5


class VirtualClock(Clock):
    """Moves a little at each reading, so that waiting loops end."""

    def __init__(self) -> None:
        object.__setattr__(self, "_time_s", [0.0])

    def now_s(self) -> float:
        self.forward(TICK_S)
        return self._time_s[0]

    def forward(self, seconds: float) -> None:
        self._time_s[0] += seconds


@dataclass(slots=True)
class VirtualLink:
    """Every target is open and answers after `rtt_s`, but for what `lost` says of (time, address, n-th SYN)."""

    clock: VirtualClock
    rtt_s: float = 0.01
    lost: object = None
    turned: object = None
    """What says the same of those that a firewall refuses."""
    dropping: int = 0
    """Answers that the kernel will drop, from the first on."""
    sent: list[tuple[float, int]] = field(default_factory=list)
    _asked: dict[int, int] = field(default_factory=dict)
    _coming: list[tuple[float, Answers]] = field(default_factory=list)
    _dropped: int = 0

    def send(self, place: int, targets: Targets, source_port: int, pause: object) -> None:
        now_s = self.clock.now_s()
        heard = []
        for number, address in enumerate(targets.address.tolist()):
            nth = self._asked[address] = self._asked.get(address, 0) + 1
            self.sent.append((now_s, address))
            if self.lost is None or not self.lost(now_s, address, nth):
                heard.append(number)
        if self.dropping and heard:
            self.dropping -= 1
            self._dropped += len(heard)
            heard = []
        chosen = targets.where(np.array(heard, dtype=np.intp))
        count = len(chosen)
        ports = np.full(count, source_port, np.uint32)
        said, interface = np.full(count, Said.OPEN, np.uint8), np.ones(count, np.uint32)
        if self.turned is not None:
            told = [self.turned(now_s, address, self._asked[address]) for address in chosen.address.tolist()]
            said[np.array(told, dtype=np.bool_)] = Said.CLOSED
        answers = Answers(4, chosen.address, chosen.port, ports, said, interface)
        self._coming.append((now_s + self.rtt_s, answers))

    def receive(self, parser: Parser) -> list[Answers]:
        now_s = self.clock.now_s()
        due = [answers for at_s, answers in self._coming if at_s <= now_s and len(answers.port)]
        self._coming = [(at_s, answers) for at_s, answers in self._coming if at_s > now_s]
        return due

    def stuck(self) -> bool:
        return False

    def sending(self) -> bool:
        return False

    def wait(self, seconds: float) -> None:
        self.clock.forward(seconds)

    def dropped(self) -> int:
        count, self._dropped = self._dropped, 0
        return count

    def close(self) -> None:
        return


def drive(job: Sweep, link: VirtualLink) -> list:
    """Run a whole sweep and return the open ports found."""
    import threading

    space = job.plan.space
    spans = space.addresses.spans
    found: list = []
    run = Loop(
        job,
        layout=Layout(space),
        routes=Routes(Piece(first, last, Route(1)) for first, last in spans),
        link=link,
        parser=Parser(Cookies(bytes(16))),
        governor=make_governor(job.plan.pace, link.clock.now_s(), local=False),
        first_source_port=FIRST_PORT,
        deliver=found.extend,
        cancelled=threading.Event(),
    )
    run.drive()
    return found
