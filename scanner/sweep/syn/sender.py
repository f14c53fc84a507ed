"""Sends SYNs from one source address to one next hop: a packet template and its transmit rings."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from scanner.sweep.syn.cookies import Cookies
from scanner.sweep.syn.layout import Targets
from scanner.sweep.syn.packets import SynTemplate
from scanner.sweep.syn.rings import NoRings, TxRing
from scanner.sweep.syn.syn_notes import Sent
from scanner.sweep.syn.tx_thread import LARGE, TxThread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Pause = Callable[[], None]
"""Called while there is no room for another packet: receives, waits a moment, and raises when the run is to end."""


class Sender:
    """A template and at least one transmit thread; more are opened when all are busy."""

    def __init__(
        self, template: SynTemplate, open_ring: Callable[[], TxRing], most_tx_threads: int, sent: Sent | None = None
    ) -> None:
        """Open the first ring; raises NoRings. `sent` is told of every packet that is handed to the kernel."""
        self._sent = sent
        self.template = template
        self._open_ring = open_ring
        self._most_tx_threads = most_tx_threads
        self.tx_threads = [TxThread(open_ring())]

    def close(self) -> None:
        """End the threads."""
        for tx_thread in self.tx_threads:
            tx_thread.close()

    def send(
        self,
        targets: Targets,
        source_port: int,
        macs: "NDArray[np.uint8] | None",
        cookies: Cookies,
        pause: Pause,
    ) -> None:
        """Send one SYN to each target; `macs` of shape (n, 6) where each has a next hop of its own."""
        of, patch = (
            (cookies.of_v4, self.template.patch_v4) if targets.family == 4 else (cookies.of_v6, self.template.patch_v6)
        )
        sequence = of(targets.address, targets.port, source_port)  # type: ignore[arg-type] # the family says which
        done = 0
        while done < len(targets):
            tx_thread = self._roomy(len(targets) - done)
            if tx_thread is None:
                pause()
                continue
            slots = tx_thread.ring.free(len(targets) - done)
            count = slots.stop - slots.start
            part = slice(done, done + count)
            frames = tx_thread.ring.frames[slots]
            if macs is not None:
                frames[:, :6] = macs[part]
            patch(frames, targets.address[part], targets.port[part], source_port, sequence[part])  # type: ignore[arg-type]
            tx_thread.ring.hand_over(slots)
            if self._sent is not None:
                self._sent(targets.where(slice(done, done + count)), source_port)
            tx_thread.send(count)
            done += count

    def _roomy(self, wanted: int) -> TxThread | None:
        """Return a thread with room in its ring: an idle one if it can be had, None while every ring is nearly full."""
        # Filling every slot as it comes free would mean a batch of a handful each time.
        enough = min(wanted, LARGE)
        for tx_thread in self.tx_threads:
            if not tx_thread.busy and tx_thread.ring.has_room(enough):
                return tx_thread
        if len(self.tx_threads) < self._most_tx_threads and all(tx_thread.busy for tx_thread in self.tx_threads):
            try:
                self.tx_threads.append(TxThread(self._open_ring()))
            except NoRings:
                # The kernel has no memory for another: those that stand go on.
                self._most_tx_threads = len(self.tx_threads)
            else:
                return self.tx_threads[-1]
        return next((tx_thread for tx_thread in self.tx_threads if tx_thread.ring.has_room(enough)), None)
