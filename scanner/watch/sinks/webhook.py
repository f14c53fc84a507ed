"""A signed POST: the same signature as the webhook of `exposure tickets`.

`X-Exposure-Signature` is `sha256=` and the HMAC-SHA-256 (RFC 2104), in hexadecimal digits, of the timestamp in
`X-Exposure-Timestamp`, a full stop and the body. `X-Exposure-Event` is the same for the same message.
"""

from urllib.parse import urlsplit

from scanner.core.errors import ScannerError, UsageError
from scanner.core.text import clean
from scanner.net.clock import Clock
from scanner.tickets.http import Web
from scanner.tickets.signature import signed_headers
from scanner.watch.digest import Digest
from scanner.watch.sink import SinkError


class Webhook:
    """One receiver."""

    def __init__(self, url: str, secret: str, clock: Clock | None = None) -> None:
        """Speak to a URL; raises UsageError without a secret, and for clear text off loopback."""
        split = urlsplit(url)
        self.name = f"the webhook at {clean(split.hostname or '', 100)}"
        if not secret:
            raise UsageError("--alert https://...: put the key of its signature into EXPOSURE_WEBHOOK_SECRET")
        self._secret = secret.encode()
        self._clock = clock or Clock()
        self._url = url
        Web(url, {}, clock=self._clock)

    async def send(self, digest: Digest) -> None:
        """See Sink."""
        headers = signed_headers(self._secret, digest.body, digest.id, self._clock.utc())
        try:
            async with Web(self._url, {}, clock=self._clock) as web:
                await web.write("POST", "", data=digest.body, headers=headers)
        except ScannerError as error:
            raise SinkError(f"{self.name} did not take the alert: {clean(str(error), 200)}") from error
