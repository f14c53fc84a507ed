"""Which NATS server is meant, and by what this side proves who it is: demanded before anything is sent.

Off loopback a server without TLS, or one that lets anybody in, is refused: the plan of a run names what is worth
attacking, and whoever may publish jobs sends the workers.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from scanner.core.address import names_this_machine
from scanner.core.errors import UsageError
from scanner.core.private_file import private_text
from scanner.core.text import clean
from scanner.history.opening import redacted

PASSWORD_VARIABLE = "EXPOSURE_CLUSTER_PASSWORD"  # noqa: S105 - the name of a variable
_PORT = 4_222
_MOST_BYTES = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """By what this side proves who it is, and whom it believes; each may be left out."""

    ca: Path | None = None
    """The authority that signed the server's certificate; without it the system's."""
    certificate: Path | None = None
    key: Path | None = None
    credentials: Path | None = None
    """A credentials file of `nsc`, or the seed of an nkey."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUrl:
    """A NATS server and how to come in."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    user: str | None
    password: str | None
    credentials: Path | None
    seed: str | None
    """The seed of an nkey, when the file held one and no token."""
    given: bool
    """Whether anything proves who this side is."""

    @property
    def local(self) -> bool:
        """Whether the server is on this machine."""
        return names_this_machine(self.host)

    @property
    def shown(self) -> str:
        """The URL for people, without a password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'tls' if self.tls else 'nats'}://{host}:{self.port}"


def read_server_url(text: str, keys: Keys, environ: Mapping[str, str]) -> ServerUrl:
    """Return the server that `--cluster` names; raises UsageError for one that may not be used so."""
    shown = clean(redacted(text), 100)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or _PORT
    except ValueError:
        raise UsageError(f"--cluster {shown}: is no URL; write tls://nats.example.org:4222") from None
    if parts.scheme not in {"nats", "tls"} or not host or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise UsageError(f"--cluster {shown}: write tls://HOST:PORT, or nats://127.0.0.1:4222 on this machine")
    if parts.password is not None:
        raise UsageError(f"--cluster: a password in the URL can be seen by others; put it into {PASSWORD_VARIABLE}")
    tls = parts.scheme == "tls" or keys.certificate is not None or keys.ca is not None
    seed, credentials = _credentials(keys.credentials)
    password = environ.get(PASSWORD_VARIABLE) if parts.username else None
    if parts.username and not password:
        raise UsageError(f"--cluster: the password of {clean(parts.username, 40)} belongs into {PASSWORD_VARIABLE}")
    given = bool(seed or credentials or password or keys.certificate)
    if not names_this_machine(host):
        if not tls:
            raise UsageError(f"--cluster {shown}: without TLS only on loopback; write tls://{host}:{port}")
        if not given:
            raise UsageError(
                f"--cluster {shown}: without credentials only on loopback; give --cluster-cert and --cluster-key, or "
                "--cluster-creds"
            )
    return ServerUrl(
        host=host,
        port=port,
        tls=_context(keys) if tls else None,
        user=parts.username,
        password=password,
        credentials=credentials,
        seed=seed,
        given=given,
    )


def _credentials(path: Path | None) -> tuple[str | None, Path | None]:
    if path is None:
        return None, None
    text = private_text(path, "the credentials", _MOST_BYTES).strip()
    if text.startswith("SU") and len(text.split()) == 1:
        return text, None
    if "BEGIN NATS USER JWT" not in text:
        raise UsageError("is no credentials file of NATS and no seed of a user (SU...)", file=path)
    return None, path


def _context(keys: Keys) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=keys.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if (keys.certificate is None) is not (keys.key is None):
            raise UsageError("--cluster-cert and --cluster-key belong together; give both")
        if keys.certificate is not None and keys.key is not None:
            private_text(keys.key, "the key", _MOST_BYTES)
            context.load_cert_chain(keys.certificate, keys.key, password=_no_password)
    except OSError as error:
        named = ", ".join(str(path) for path in (keys.ca, keys.certificate, keys.key) if path)
        raise UsageError(f"{named}: can't be used for TLS: {clean(error.strerror or str(error), 200)}") from None
    return context


def _no_password() -> str:
    """Answer for a key that is encrypted: nobody can be asked, and OpenSSL would ask the terminal."""
    return ""
