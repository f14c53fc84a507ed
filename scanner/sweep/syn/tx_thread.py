"""A transmit ring and the thread that waits while the kernel empties it.

Sending costs the kernel several times what making the packets costs us, and the processor that asks for it pays, for
the link and, on a virtual one, for the answer too. So large batches are handed to a thread: while the kernel works
there, the sweep's own thread makes the next packets and reads answers, and a second ring with a thread keeps a second
processor busy.
"""

import threading
from queue import SimpleQueue

from scanner.sweep.syn.rings import TxRing

LARGE = 1_024
"""Frames from which a batch is worth a hand-over: about a millisecond of the kernel's time."""


class TxThread:
    """One ring, filled by the sweep's thread and emptied by it or by a thread of its own."""

    def __init__(self, ring: TxRing) -> None:
        self.ring = ring
        self.refused = False
        """Whether the link took nothing at the last try: it is down, or its queue is full; the frames wait here."""
        self._orders: SimpleQueue[bool] = SimpleQueue()
        self._ordered = self._done = 0
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Whether the kernel is still working for this thread."""
        return self._done < self._ordered

    def send(self, count: int) -> None:
        """Have what was handed over sent: few frames before this returns, many by the thread."""
        if count < LARGE and not self.busy:
            self.kick()
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="syn-tx", daemon=True)
            self._thread.start()
        self._ordered += 1
        self._orders.put(True)

    def kick(self) -> None:
        """Have everything in the ring sent, and note whether the link took it."""
        try:
            self.ring.kick()
        except OSError:
            self.refused = True
        else:
            self.refused = False

    def close(self) -> None:
        """End the thread, then drop the ring and what is still in it."""
        if self._thread is not None:
            self._orders.put(False)
            self._thread.join()
        self.ring.close()

    def _work(self) -> None:
        while self._orders.get():
            self.kick()
            self._done += 1
