"""TLS for observation: any version, any certificate; what is seen is recorded and never trusted."""

import ssl
import warnings
from functools import cache
from typing import Any

from scanner.core.talk import TlsFacts
from scanner.core.text import clean

_MOST_NAMES = 50
_MOST_CERTIFICATE_BYTES = 65_536


@cache
def observing_context(alpn: tuple[str, ...] = ()) -> ssl.SSLContext:
    """Return a client context that completes a handshake with whatever is there; it never verifies.

    Offering nothing by ALPN (RFC 7301) is the most welcome: servers refuse a list without their own protocol.

    Old protocol versions and ciphers are offered on purpose: a scanner that can't speak them would call an exposed
    old server closed.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def observe(session: Any) -> TlsFacts:
    """Return the facts of a completed handshake; `session` is an ssl.SSLObject."""
    version = session.version() or "unknown"
    encoded = session.getpeercert(binary_form=True)
    if not encoded or len(encoded) > _MOST_CERTIFICATE_BYTES:
        return TlsFacts(version=version)
    return read_certificate(encoded, version)


def read_certificate(encoded: bytes, version: str) -> TlsFacts:
    """Return what a DER certificate says (RFC 5280); an unreadable one gives the protocol version alone."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        with warnings.catch_warnings():
            # Serial numbers and encodings that break RFC 5280 are a fact about the peer, not our error.
            warnings.simplefilter("ignore")
            certificate = x509.load_der_x509_certificate(encoded)
            subject = certificate.subject.rfc4514_string()
            issuer = certificate.issuer.rfc4514_string()
            return TlsFacts(
                version=version,
                subject=clean(subject, 200),
                issuer=clean(issuer, 200),
                names=_names(certificate),
                not_before=certificate.not_valid_before_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
                not_after=certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
                self_signed=subject == issuer,
                sha256=certificate.fingerprint(SHA256()).hex(),
            )
    except (ValueError, TypeError, NotImplementedError, OverflowError, UnsupportedAlgorithm, x509.InvalidVersion):
        return TlsFacts(version=version)


def _names(certificate: Any) -> tuple[str, ...]:
    from cryptography import x509

    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return ()
    return tuple(clean(str(name.value), 200) for name in list(extension.value)[:_MOST_NAMES])
