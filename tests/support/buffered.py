"""The reading half of a scripted Talk: what was heard is handed out as asked; `hear` gets more of it or raises."""

from abc import ABC, abstractmethod

from scanner.core.errors import ClosedEarly, TooLarge


class Buffered(ABC):
    """core.talk.Talk's reads over a buffer that a script fills."""

    _buffer: bytearray

    @abstractmethod
    def hear(self) -> None:
        """Add what the peer says next to the buffer, or raise how it ended."""

    async def read_exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self.hear()
        return self._take(count)

    async def read_until(self, separator: bytes, limit: int = 65_536) -> bytes:
        while (found := self._buffer.find(separator)) < 0:
            if len(self._buffer) > limit:
                raise TooLarge("scripted")
            self.hear()
        return self._take(found + len(separator))

    async def read_some(self, limit: int = 65_536) -> bytes:
        if not self._buffer:
            try:
                self.hear()
            except ClosedEarly:
                return b""
        return self._take(min(limit, len(self._buffer)))

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken
