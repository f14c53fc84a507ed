"""Finds out whether a TLS 1.3 server wants a client certificate, when our own first bytes drowned its answer.

In TLS 1.3 the demand arrives after the client's handshake is done (RFC 8446 section 4.4.2), so a client that speaks at
once may see only a reset. Saying nothing on a second connection lets the alert through.
"""

import asyncio
import ssl

from scanner.core.audit import Audit
from scanner.core.endpoint import Endpoint
from scanner.core.errors import ClientCertificateWanted, TalkError
from scanner.core.scope import Scope
from scanner.net.budget import Budget
from scanner.net.classify import classify
from scanner.net.dial import dial
from scanner.net.inbox import Inbox
from scanner.net.tls import observing_context

_LISTEN_S = 1.0


async def wants_client_certificate(
    endpoint: Endpoint, scope: Scope, budget: Budget, audit: Audit | None = None
) -> bool:
    """Shake hands, say nothing, and tell whether the server then complains about the missing certificate."""
    inbox = Inbox(budget)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(min(_LISTEN_S, budget.left_s())):
            sock = await dial(
                endpoint.address, endpoint.port, scope, _LISTEN_S, audit=audit, asker="client-certificate"
            )
            transport, _ = await loop.create_connection(
                lambda: inbox, sock=sock, ssl=observing_context(), server_hostname=endpoint.host or ""
            )
            try:
                await inbox.wait(0)
            finally:
                transport.abort()
    except (TalkError, OSError, ssl.SSLError) as error:
        return isinstance(classify(error), ClientCertificateWanted)
    return inbox.failure is not None and isinstance(classify(inbox.failure), ClientCertificateWanted)
