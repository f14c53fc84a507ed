"""Everything else, through Apprise (github.com/caronc/apprise): the extra `notify`."""

import asyncio

from scanner.core.errors import SetupError, UsageError
from scanner.watch.digest import Digest
from scanner.watch.sink import SinkError


class Notify:
    """One URL of Apprise."""

    def __init__(self, url: str) -> None:
        """Speak to a URL; raises SetupError without Apprise, UsageError for a URL that it does not know."""
        try:
            import apprise
        except ImportError as error:
            raise SetupError("--alert apprise: needs: pip install 'exposure-scanner[notify]'") from error
        scheme = url.partition(":")[0][:20]
        self.name = f"apprise {scheme}"
        self._sender = apprise.Apprise()
        if not self._sender.add(url):
            raise UsageError(f"apprise does not know {scheme}: or the URL is not complete; see its documentation")

    async def send(self, digest: Digest) -> None:
        """See Sink."""
        if not await asyncio.to_thread(self._sender.notify, body=digest.text, title=digest.subject):
            raise SinkError(f"{self.name} did not take the alert")
