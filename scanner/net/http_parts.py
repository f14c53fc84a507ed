"""The two classes of aiohttp that ours stand in for, made when they are first wanted: importing this costs nothing."""

import socket
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from scanner.core.endpoint import Endpoint
from scanner.core.scope import Scope

if TYPE_CHECKING:
    import aiohttp


@cache
def observing_response() -> "type[aiohttp.ClientResponse]":
    """Return a response class that keeps the TLS session: aiohttp drops the connection with the last byte."""
    import aiohttp
    from aiohttp.connector import Connection

    class Observing(aiohttp.ClientResponse):
        """A response that remembers what it came over."""

        tls_session: object = None

        async def start(self, connection: Connection) -> aiohttp.ClientResponse:
            if connection.transport is not None:
                self.tls_session = connection.transport.get_extra_info("ssl_object")
            return await super().start(connection)

    return Observing


@cache
def literal_resolver() -> "Callable[[Endpoint, Scope], aiohttp.abc.AbstractResolver]":
    """Return a resolver class: it answers every name with one endpoint's own address, after the scope check."""
    from aiohttp.abc import AbstractResolver, ResolveResult

    class Literal(AbstractResolver):
        """Knows one address."""

        def __init__(self, endpoint: Endpoint, scope: Scope) -> None:
            self._endpoint = endpoint
            self._scope = scope

        async def resolve(
            self,
            host: str,
            port: int = 0,
            family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - the interface of aiohttp
        ) -> list[ResolveResult]:
            address = self._endpoint.address
            self._scope.demand(address)
            return [
                ResolveResult(
                    hostname=host,
                    host=str(address),
                    port=port,
                    family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
                    proto=0,
                    flags=socket.AI_NUMERICHOST,
                )
            ]

        async def close(self) -> None:
            """Nothing is held."""

    return Literal
