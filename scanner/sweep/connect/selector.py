"""Tells which of many connecting sockets are done, at a few hundred nanoseconds each.

The watch's own descriptor is registered once with the event loop, so that the loop handles one event where thousands
of sockets are ready. A descriptor is watched once; closing it ends the watch.
"""

import select
import sys
from typing import Protocol

MOST_AT_ONCE = 1_024


class Watch(Protocol):
    """A set of descriptors, each watched until it is ready once or closed."""

    def fileno(self) -> int | None:
        """Return a descriptor that is readable when `ready` has something, None where there is no such thing."""

    def connecting(self, fd: int) -> None:
        """Watch until a connection attempt is over."""

    def reading(self, fd: int) -> None:
        """Watch until there is something to read."""

    def read_again(self, fd: int) -> None:
        """Watch a descriptor further that woke and had nothing to read."""

    def forget(self, fd: int) -> None:
        """Stop watching; call it before closing the descriptor."""

    def ready(self) -> list[int]:
        """Return the descriptors that became ready, at most MOST_AT_ONCE, without waiting."""

    def close(self) -> None:
        """Give back what the watch holds."""


if sys.platform == "linux":

    class EpollWatch:
        """epoll(7) with EPOLLONESHOT."""

        def __init__(self) -> None:
            self._epoll = select.epoll(MOST_AT_ONCE)
            self._register = self._epoll.register

        def fileno(self) -> int | None:
            """Return the epoll descriptor."""
            return self._epoll.fileno()

        def connecting(self, fd: int) -> None:
            """Watch for writability; errors and hang-ups always wake."""
            self._register(fd, select.EPOLLOUT | select.EPOLLONESHOT)

        def reading(self, fd: int) -> None:
            """Watch for something to read."""
            self._register(fd, select.EPOLLIN | select.EPOLLONESHOT)

        def read_again(self, fd: int) -> None:
            """Arm it once more: EPOLLONESHOT leaves a descriptor registered and disabled."""
            self._epoll.modify(fd, select.EPOLLIN | select.EPOLLONESHOT)

        def forget(self, fd: int) -> None:
            """Do nothing: the kernel forgets a descriptor when it is closed."""

        def ready(self) -> list[int]:
            """Return what became ready."""
            return [fd for fd, _ in self._epoll.poll(0, MOST_AT_ONCE)]

        def close(self) -> None:
            """Close the epoll descriptor."""
            self._epoll.close()


if sys.platform == "darwin":

    class KqueueWatch:
        """kqueue(2) with EV_ONESHOT."""

        def __init__(self) -> None:
            self._queue = select.kqueue()

        def fileno(self) -> int | None:
            """Return the kqueue descriptor."""
            return self._queue.fileno()

        def connecting(self, fd: int) -> None:
            """Watch for writability."""
            self._add(fd, select.KQ_FILTER_WRITE)

        def reading(self, fd: int) -> None:
            """Watch for something to read."""
            self._add(fd, select.KQ_FILTER_READ)

        def read_again(self, fd: int) -> None:
            """Add it once more."""
            self.reading(fd)

        def forget(self, fd: int) -> None:
            """Do nothing: the kernel forgets a descriptor when it is closed."""

        def ready(self) -> list[int]:
            """Return what became ready."""
            return [event.ident for event in self._queue.control(None, MOST_AT_ONCE, 0)]

        def close(self) -> None:
            """Close the kqueue descriptor."""
            self._queue.close()

        def _add(self, fd: int, what: int) -> None:
            self._queue.control([select.kevent(fd, what, select.KQ_EV_ADD | select.KQ_EV_ONESHOT)], 0)


class PollWatch:
    """poll(2): works everywhere, and takes longer the more is in flight."""

    def __init__(self) -> None:
        self._poll = select.poll()

    def fileno(self) -> int | None:
        """Return None: poll has no descriptor of its own, so the sweep polls every few milliseconds."""
        return None

    def connecting(self, fd: int) -> None:
        """Watch for writability."""
        self._poll.register(fd, select.POLLOUT)

    def reading(self, fd: int) -> None:
        """Watch for something to read."""
        self._poll.register(fd, select.POLLIN)

    def read_again(self, fd: int) -> None:
        """Add it once more."""
        self.reading(fd)

    def forget(self, fd: int) -> None:
        """Stop watching, if that has not happened yet."""
        try:
            self._poll.unregister(fd)
        except KeyError:
            return

    def ready(self) -> list[int]:
        """Return what became ready."""
        found = [fd for fd, _ in self._poll.poll(0)[:MOST_AT_ONCE]]
        for fd in found:
            self._poll.unregister(fd)
        return found

    def close(self) -> None:
        """Drop the set."""
        self._poll = select.poll()


def make_watch() -> Watch:
    """Return the quickest watch of this system."""
    if sys.platform == "linux":
        return EpollWatch()
    elif sys.platform == "darwin":
        return KqueueWatch()
    else:
        return PollWatch()
