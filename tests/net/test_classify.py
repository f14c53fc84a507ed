import asyncio
import errno
import ssl

import pytest

from scanner.core import errors
from scanner.net.classify import classify


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (errno.ECONNREFUSED, errors.Refused),
        (errno.ECONNRESET, errors.Reset),
        (errno.EPIPE, errors.Reset),
        (errno.ETIMEDOUT, errors.TimedOut),
        (errno.EHOSTUNREACH, errors.Unreachable),
        (errno.ENETUNREACH, errors.Unreachable),
        (errno.EACCES, errors.Unreachable),
        (errno.EMFILE, errors.Crowded),
        (errno.ENOBUFS, errors.Crowded),
        (errno.EADDRNOTAVAIL, errors.Crowded),
        (errno.EPERM, errors.LocalFault),
    ],
)
def test_each_errno_has_one_meaning(code, expected):
    assert type(classify(OSError(code, "x"))) is expected


def test_silence_is_never_a_refusal_although_timeouterror_is_an_oserror():
    assert issubclass(TimeoutError, OSError)
    assert type(classify(TimeoutError())) is errors.TimedOut


def test_an_answer_cut_short_keeps_what_came():
    error = classify(asyncio.IncompleteReadError(b"half", 10))
    assert isinstance(error, errors.ClosedEarly)
    assert error.got == b"half"


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", errors.ClientCertificateWanted),
        ("SSLV3_ALERT_BAD_CERTIFICATE", errors.ClientCertificateWanted),
        ("WRONG_VERSION_NUMBER", errors.TlsFailed),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", errors.TlsFailed),
    ],
)
def test_a_demand_for_a_certificate_is_told_from_other_tls_failures(reason, expected):
    error = ssl.SSLError(1, "x")
    error.reason = reason
    assert type(classify(error)) is expected


def test_a_talk_error_stays_what_it_is():
    error = errors.Malformed("x")
    assert classify(error) is error
