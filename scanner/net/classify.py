"""Maps what Python raises to what happened: the one place where a timeout is kept apart from a refusal."""

import asyncio
import errno
import ssl

from scanner.core.errors import (
    ClientCertificateWanted,
    ClosedEarly,
    Crowded,
    LocalFault,
    Malformed,
    Refused,
    Reset,
    TalkError,
    TimedOut,
    TlsFailed,
    Unreachable,
)

CROWDED = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EAGAIN, errno.EADDRNOTAVAIL, errno.EADDRINUSE}
)
"""What socket(), connect() and send() say when this machine has too much open at once: it passes."""
_LOCAL = {
    errno.EPERM,
    errno.EINVAL,
    errno.EAFNOSUPPORT,
    errno.ENETDOWN,
}
_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENONET, errno.EACCES, errno.ENOPROTOOPT}
_RESET = {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ESHUTDOWN, errno.ENOTCONN}
# TLS 1.3 names the alert (RFC 8446 section 6.2); Go's and Java's TLS 1.2 servers answer bad_certificate.
_CERTIFICATE_ALERTS = ("CERTIFICATE_REQUIRED", "ALERT_BAD_CERTIFICATE", "ALERT_NO_CERTIFICATE")


def classify(error: BaseException) -> TalkError:
    """Return the TalkError that an exception from a socket, TLS or a deadline stands for.

    From Python 3.11 asyncio's TimeoutError is an OSError, so the order here matters: silence must not look like a
    refusal.
    """
    if isinstance(error, TalkError):
        return error
    if isinstance(error, TimeoutError):
        return TimedOut("no answer in time")
    if isinstance(error, ssl.SSLError):
        return _classify_tls(error)
    if isinstance(error, asyncio.IncompleteReadError):
        return ClosedEarly("closed before the answer was complete", error.partial)
    if isinstance(error, OSError):
        return _classify_errno(error)
    return Malformed(f"unexpected {type(error).__name__}")


def _classify_tls(error: ssl.SSLError) -> TalkError:
    reason = error.reason or "handshake failed"
    if any(alert in reason for alert in _CERTIFICATE_ALERTS):
        return ClientCertificateWanted("the peer demands a client certificate")
    return TlsFailed(reason.lower().replace("_", " "))


def _classify_errno(error: OSError) -> TalkError:
    code = error.errno
    name = errno.errorcode.get(code or 0, "unknown error")
    if code == errno.ECONNREFUSED:
        return Refused("connection refused")
    if code in _RESET:
        return Reset("connection reset")
    if code == errno.ETIMEDOUT:
        return TimedOut("no answer in time")
    if code in _UNREACHABLE:
        return Unreachable(f"unreachable ({name})")
    if code in CROWDED | _LOCAL:
        kind = Crowded if code in CROWDED else LocalFault
        return kind(f"this machine could not connect ({name})")
    return Reset(f"connection failed ({name})")
