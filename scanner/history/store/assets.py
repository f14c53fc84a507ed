"""Every endpoint that was ever open, by address and port, page by page."""

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, select, tuple_

from scanner.core.number import parse_number
from scanner.core.ports import LAST_PORT
from scanner.history.store.rows import number_of
from scanner.history.store.tables import endpoint

_KEY = (endpoint.c.number, endpoint.c.port, endpoint.c.id)
_MOST_ID = (1 << 31) - 1


class AssetPlace(NamedTuple):
    """A place in the list, between two endpoints."""

    number: str
    port: int
    id: int

    @property
    def words(self) -> str:
        """The place as it stands in a URL."""
        return f"{self.number}~{self.port}~{self.id}"

    @classmethod
    def read(cls, words: str) -> "AssetPlace | None":
        """Return the place that some words name, None where they name none."""
        number, _, rest = words[:80].partition("~")
        port, known = (parse_number(word, most=_MOST_ID) for word in (*rest.split("~", 1), "", "")[:2])
        if port is None or port > LAST_PORT or known is None or not set(number) <= set("0123456789abcdef"):
            return None
        return cls(number, port, known)


def assets(
    connection: Connection, *, text: str = "", size: int, after: AssetPlace | None = None
) -> tuple[Sequence[Row[Any]], AssetPlace | None]:
    """Return endpoints that follow a place, and where the next page begins; None after the last one.

    `text` is an address, a network, a name or a service.
    """
    rows: dict[int, Row[Any]] = {}
    for one in _conditions(text):
        statement = select(endpoint).where(*one).order_by(*_KEY).limit(size + 1)
        if after is not None:
            statement = statement.where(tuple_(*_KEY) > tuple_(*after))
        rows |= {row.id: row for row in connection.execute(statement)}
    held = sorted(rows.values(), key=lambda row: (row.number, row.port, row.id))
    if len(held) <= size:
        return held, None
    last = held[size - 1]
    return held[:size], AssetPlace(last.number, last.port, last.id)


def _conditions(text: str) -> list[list[ColumnElement[bool]]]:
    """Return what to ask for, each by an index of its own."""
    if not text:
        return [[]]
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return [[endpoint.c.name == text], [endpoint.c.service == text]]
    first, last = (number_of(one) for one in (network.network_address, network.broadcast_address))
    return [[endpoint.c.number.between(first, last)], [endpoint.c.name == text]]
