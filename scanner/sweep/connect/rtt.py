"""What is known of each host: how fast it answers, and whether it answers at all."""

from itertools import islice

from scanner.sweep.connect.number_set import NumberSet

LEAST_PATIENCE_S = 0.6
"""However near a host is: its answers may queue behind others."""
LATE_S = 0.95
"""An answer this late followed the second SYN or SYN-ACK, which kernels send after 1 s: the first exchange was lost."""
_MOST_HOSTS = 65_536
_FORGOTTEN = _MOST_HOSTS // 16


class Host:
    """The round-trip time of one host, by RFC 6298 section 2."""

    __slots__ = ("answers", "rttvar_s", "srtt_s")

    def __init__(self) -> None:
        self.srtt_s = 0.0
        self.rttvar_s = 0.0
        self.answers = 0

    def sample(self, rtt_s: float) -> None:
        """Take one measured round trip."""
        if self.answers:
            self.rttvar_s += (abs(self.srtt_s - rtt_s) - self.rttvar_s) / 4
            self.srtt_s += (rtt_s - self.srtt_s) / 8
        else:
            self.srtt_s = rtt_s
            self.rttvar_s = rtt_s / 2
        self.answers += 1

    @property
    def timeout_s(self) -> float:
        """How long an answer may take before it is late, in seconds."""
        return self.srtt_s + 4 * self.rttvar_s


class Hosts:
    """All hosts met so far; details of the oldest are forgotten beyond 65,536, that they live never is."""

    def __init__(self, addresses: int, *, details: bool) -> None:
        """Take how many there may be, and whether details are worth keeping: with one port a host they are not."""
        # A plain set is quicker, and larger.
        self.living: set[int] | NumberSet = set() if addresses <= _MOST_HOSTS * 4 else NumberSet()
        self.newly_met: list[int] = []
        """Addresses that have answered since somebody emptied the list."""
        self.details = details
        self._known: dict[int, Host] = {}
        self._typical_s = 0.0

    def answered(self, address: int, rtt_s: float) -> bool:
        """Note an answer; returns whether it came late, after a repeated question."""
        late = self.is_late(rtt_s)
        if late:  # which question it answers is unknown (Karn's algorithm, RFC 6298 section 3)
            return True
        self._typical_s += (rtt_s - self._typical_s) / 64
        if self.details:
            self._host(address).sample(rtt_s)
        return False

    def is_late(self, rtt_s: float) -> bool:
        """Tell whether an answer that took so long followed a repeated question."""
        return rtt_s >= LATE_S and self._typical_s < LATE_S / 2

    def meet(self, address: int, *, at_once: bool = False) -> None:
        """Note that a host lives; `at_once` when its first answer took no measurable time."""
        self.living.add(address)
        if not self.details:
            return
        self.newly_met.append(address)
        if at_once:
            self._host(address).answers = 2

    def patience_s(self, address: int, longest_s: float) -> float:
        """Return how long the first attempt at a port should wait; `longest_s` without evidence."""
        host = self._known.get(address)
        if host is None or host.answers < 2:
            return longest_s
        # Steps of an eighth keep the number of deadline queues small.
        wanted_s = max(LEAST_PATIENCE_S, host.timeout_s * 2)
        return min(longest_s, -(-wanted_s * 8 // 1) / 8)

    def _host(self, address: int) -> Host:
        host = self._known.get(address)
        if host is None:
            if len(self._known) >= _MOST_HOSTS:
                # Many at once: the way to the oldest leads past all that were taken away before.
                for oldest in list(islice(self._known, _FORGOTTEN)):
                    del self._known[oldest]
            host = self._known[address] = Host()
        return host
