"""What a stand-in is."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

Serve: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Plays the server's part of one TCP connection."""
Reply: TypeAlias = Callable[[bytes], bytes | None]
"""Answers one UDP datagram; None is silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """A service played from its vendor's protocol documentation; exactly one of `serve` and `reply` is set."""

    service: str
    """The id of the service that it plays."""
    case: str
    """`open`, `protected` or `look-alike`."""
    title: str
    """What it is, for the demo: an open Redis 7."""
    port: int
    """The product's default port."""
    serve: Serve | None = None
    reply: Reply | None = None
    source: str = ""
    """The vendor's page that the answers were written from."""
    demo: bool = False
    """Whether `exposure demo` shows it."""
