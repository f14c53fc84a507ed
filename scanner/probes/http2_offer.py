"""Asks a port that closes on HTTP/1.1 whether it takes HTTP/2, in the handshake alone."""

from scanner.core.errors import TalkError
from scanner.net.guard import Guard
from scanner.net.stream import Stream
from scanner.probes.conversation import HTTP2_BY_ALPN, Conversation


async def agrees_on_http2(conversation: Conversation) -> bool:
    """Shake hands once more, offering HTTP/2 alone; returns whether the peer takes it."""
    endpoint, audit = conversation.endpoint, conversation.exchanges.audit
    stream = Stream(
        endpoint,
        conversation.scope,
        Guard("identify", (), endpoint),
        conversation.own_budget(),
        use_tls=True,
        alpn=HTTP2_BY_ALPN,
        audit=audit,
    )
    conversation.count(1)
    try:
        return await stream.agreed_protocol() in HTTP2_BY_ALPN
    except TalkError:
        return False
    finally:
        stream.close()
