"""Mail over SMTP: EXPOSURE_SMTP says by which server, smtp://user:password@host:587 or smtps://host."""

import asyncio
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from scanner.core.errors import UsageError
from scanner.core.text import clean
from scanner.watch.digest import Digest
from scanner.watch.sink import SinkError

_PATIENCE_S = 30.0


class Mail:
    """One address, and the server that delivers to it."""

    def __init__(self, address: str, environment: Mapping[str, str], *, context: ssl.SSLContext | None = None) -> None:
        """Deliver by the server of EXPOSURE_SMTP; raises UsageError where that can't be."""
        self.name = f"mail to {clean(address, 100)}"
        if "@" not in address or any(char.isspace() or char in "?,;<>" for char in address):
            raise UsageError(f"--alert mailto:{clean(address, 80)}: write one address, such as mailto:ops@example.org")
        server = urlsplit(environment.get("EXPOSURE_SMTP", ""))
        try:
            port = server.port
        except ValueError:
            port = 0
        if server.scheme not in {"smtp", "smtps"} or not server.hostname or port == 0:
            raise UsageError("--alert mailto: needs EXPOSURE_SMTP=smtp://user:password@host:587 or smtps://host")
        self._to = address
        self._from = environment.get("EXPOSURE_MAIL_FROM", "") or address
        self._tls = server.scheme == "smtps"
        self._host = server.hostname
        self._port = port or (465 if self._tls else 587)
        self._user, self._password = unquote(server.username or ""), unquote(server.password or "")
        self._context = context or ssl.create_default_context()

    async def send(self, digest: Digest) -> None:
        """See Sink."""
        message = EmailMessage()
        message["Subject"] = digest.subject
        message["From"], message["To"] = self._from, self._to
        message["Message-ID"] = f"<{digest.id}@exposure-scanner.invalid>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(digest.text)
        try:
            await asyncio.to_thread(self._deliver, message)
        except UnicodeError as error:
            told = "a name, password or address has letters that SMTP can't send; write it in ASCII"
            raise SinkError(f"{self.name} could not be delivered by {self._host}: {told}") from error
        except (OSError, smtplib.SMTPException) as error:
            told = clean(str(error).replace(self._password, "***") if self._password else str(error), 200)
            raise SinkError(f"{self.name} could not be delivered by {self._host}: {told}") from error

    def _deliver(self, message: EmailMessage) -> None:
        if self._tls:
            with smtplib.SMTP_SSL(self._host, self._port, timeout=_PATIENCE_S, context=self._context) as server:
                self._hand_over(server, message)
            return
        with smtplib.SMTP(self._host, self._port, timeout=_PATIENCE_S) as server:
            server.ehlo()
            # A password never goes over a line that anybody can read (RFC 8314, section 3).
            if server.has_extn("starttls"):
                server.starttls(context=self._context)
                server.ehlo()
            elif self._user:
                raise smtplib.SMTPException("it offers no STARTTLS, and a password is not sent in clear text")
            self._hand_over(server, message)

    def _hand_over(self, server: smtplib.SMTP, message: EmailMessage) -> None:
        if self._user:
            server.login(self._user, self._password)
        server.send_message(message)
