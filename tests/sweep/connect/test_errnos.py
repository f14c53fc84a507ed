import errno

import pytest

from scanner.core.event import PortState
from scanner.sweep.connect.errnos import Fault, judge_answer, judge_attempt

ANSWERS = [
    (0, PortState.OPEN),
    (errno.EISCONN, PortState.OPEN),
    (errno.ECONNRESET, PortState.OPEN),
    (errno.EPIPE, PortState.OPEN),
    (errno.ECONNREFUSED, PortState.CLOSED),
    (errno.ETIMEDOUT, PortState.FILTERED),
    (errno.EACCES, PortState.FILTERED),
    (errno.EPERM, PortState.FILTERED),
    (errno.ENOPROTOOPT, PortState.FILTERED),
    (errno.EPROTO, PortState.FILTERED),
    (errno.EMSGSIZE, PortState.FILTERED),
    (errno.EHOSTUNREACH, PortState.UNREACHABLE),
    (errno.ENETUNREACH, PortState.UNREACHABLE),
    (errno.EHOSTDOWN, PortState.UNREACHABLE),
    (errno.ENONET, PortState.UNREACHABLE),
    (errno.EOPNOTSUPP, PortState.UNREACHABLE),
    (errno.ENOBUFS, Fault.CROWDED),
    (errno.ENOMEM, Fault.CROWDED),
    (errno.ENETDOWN, Fault.NO_ROUTE),
    (errno.EIO, Fault.LOCAL),
]

ATTEMPTS = [
    (0, PortState.OPEN),
    (errno.EISCONN, PortState.OPEN),
    (errno.ECONNREFUSED, PortState.CLOSED),
    (errno.EHOSTDOWN, PortState.UNREACHABLE),
    (errno.EINPROGRESS, Fault.PENDING),
    (errno.EINTR, Fault.PENDING),
    (errno.EALREADY, Fault.PENDING),
    (errno.EMFILE, Fault.CROWDED),
    (errno.ENFILE, Fault.CROWDED),
    (errno.ENOBUFS, Fault.CROWDED),
    (errno.ENOMEM, Fault.CROWDED),
    (errno.EAGAIN, Fault.CROWDED),
    (errno.EADDRNOTAVAIL, Fault.CROWDED),
    (errno.EADDRINUSE, Fault.CROWDED),
    (errno.ENETUNREACH, Fault.NO_ROUTE),
    (errno.EHOSTUNREACH, Fault.NO_ROUTE),
    (errno.ENETDOWN, Fault.NO_ROUTE),
    (errno.ENODEV, Fault.NO_ROUTE),
    (errno.EACCES, Fault.LOCAL),
    (errno.EPERM, Fault.LOCAL),
    (errno.EINVAL, Fault.LOCAL),
    (errno.EAFNOSUPPORT, Fault.LOCAL),
]


@pytest.mark.parametrize(("code", "outcome"), ANSWERS, ids=lambda value: errno.errorcode.get(value, str(value)))
def test_what_the_network_said(code, outcome):
    assert judge_answer(code) is outcome


@pytest.mark.parametrize(("code", "outcome"), ATTEMPTS, ids=lambda value: errno.errorcode.get(value, str(value)))
def test_what_this_machine_said(code, outcome):
    assert judge_attempt(code) is outcome


def test_only_a_refusal_from_the_host_is_ever_closed():
    closed = {code for code in errno.errorcode if judge_answer(code) is PortState.CLOSED}
    assert closed == {errno.ECONNREFUSED}
    assert {code for code in errno.errorcode if judge_attempt(code) is PortState.CLOSED} == {errno.ECONNREFUSED}


def test_only_an_established_connection_is_ever_open():
    found = {code for code in [0, *errno.errorcode] if judge_answer(code) is PortState.OPEN}
    assert found == {0, errno.EISCONN, errno.ECONNRESET, errno.EPIPE}
