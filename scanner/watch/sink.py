"""What every sink is, and how a word of `--alert` becomes one."""

import hashlib
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

from scanner.core.errors import ScannerError, UsageError
from scanner.core.text import clean
from scanner.watch.digest import Digest


class SinkError(ScannerError):
    """A message could not be delivered; the next run tries again."""


class Sink(Protocol):
    """Somebody who is told."""

    name: str
    """For messages, without a secret."""

    async def send(self, digest: Digest) -> None:
        """Deliver one message; raises SinkError."""


def identity_of(word: str) -> str:
    """Return how the history remembers a sink: a digest, since the word may hold a secret."""
    return hashlib.sha256(word.encode()).hexdigest()[:32]


def read_sink(word: str, environment: Mapping[str, str]) -> Sink:
    """Return the sink of a word: an https URL, mailto:, exec: or apprise:; raises UsageError or SetupError."""
    kind, _, rest = word.partition(":")
    if kind in {"https", "http"}:
        from scanner.watch.sinks.webhook import Webhook

        return Webhook(word, environment.get("EXPOSURE_WEBHOOK_SECRET", ""))
    if kind == "mailto" and rest:
        from scanner.watch.sinks.mail import Mail

        return Mail(rest, environment)
    if kind == "exec" and rest:
        from scanner.watch.sinks.program import Program

        return Program(rest)
    if kind == "apprise" and rest:
        from scanner.watch.sinks.notify import Notify

        return Notify(rest)
    shown = clean(urlsplit(word).scheme or word, 40)
    raise UsageError(
        f"--alert {shown}: write https://host/path, mailto:ops@example.org, exec:/path/to/program, or apprise:URL"
    )
