"""Why an endpoint that is open could not be heard out: silence and noise are no answer."""

from enum import StrEnum

from scanner.core.errors import (
    ClosedEarly,
    LocalFault,
    NeverAccepted,
    Refused,
    Reset,
    TalkError,
    TimedOut,
    TooLarge,
    Unreachable,
)
from scanner.core.quirk import Cut


class Unheard(StrEnum):
    """The reason of an inconclusive endpoint, in the words of the JSON report."""

    TIMED_OUT = "timed-out"
    """No answer within the deadline, or only a part of one."""
    CUT_OFF = "cut-off"
    """The answer was longer than the byte budget, or ended before it was complete."""
    REFUSED_LATER = "refused-later"
    """It answered before, and then would not: a ban, a full table, a service that stopped, starts or is overloaded."""
    MALFORMED = "malformed"
    """The bytes that came can't be read as an answer, and whoever sent them is not known."""
    UNDECIDED = "undecided"
    """A product that is known answered the question that proves access, and neither showed nor refused anything."""
    LOCAL_FAULT = "local-fault"
    """This machine failed: descriptors, buffers, local ports or its own link."""
    NOT_ASKED = "not-asked"
    """The run ended before a question was put, or a sample of its network stood for it."""


_REASONS: tuple[tuple[type[Exception], Unheard], ...] = (
    (NeverAccepted, Unheard.REFUSED_LATER),
    (Refused, Unheard.REFUSED_LATER),
    (Unreachable, Unheard.REFUSED_LATER),
    (TimedOut, Unheard.TIMED_OUT),
    (LocalFault, Unheard.LOCAL_FAULT),
    (ClosedEarly, Unheard.CUT_OFF),
    (Reset, Unheard.CUT_OFF),
    (TooLarge, Unheard.CUT_OFF),
    (TalkError, Unheard.MALFORMED),
    (MemoryError, Unheard.LOCAL_FAULT),
    (OSError, Unheard.LOCAL_FAULT),
)
_OF_A_CUT = {
    Cut.SIZE: Unheard.CUT_OFF,
    Cut.TIME: Unheard.TIMED_OUT,
    Cut.CLOSED: Unheard.CUT_OFF,
    Cut.BROKEN: Unheard.MALFORMED,
}
_NOT_HERE = {407, 408, 421, 425, 426, 429, 431}
_NO_ANSWER = {201, 202}
"""To a GET: something was made, or will be answered later (RFC 9110 section 15.3); readers take 203 and 206 for 200."""
_OWN_ANSWER = 501
"""No such method: that is an answer."""
_FIRST_FAILURE = 500


def reason_of(error: Exception) -> Unheard:
    """Return why an endpoint was not heard out when this was raised; what nobody foresaw is the peer's bytes' doing."""
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), Unheard.MALFORMED)


def reason_of_cut(cut: Cut) -> Unheard:
    """Return why an answer of which only the beginning came was not heard out."""
    return _OF_A_CUT[cut]


def reason_of_status(status: int) -> Unheard | None:
    """Return why an HTTP answer of this status leaves a question unheard; None when it is an answer.

    5xx, 429 and what proxies say for themselves (407, 408, 421, 425, 426, 431: RFC 9110 section 15, RFC 6585, RFC 8470)
    tell the state of a server, or of what stands in front, now: neither that it is open nor that it is closed. Nor do
    successes that no GET is answered with.
    """
    failed = status >= _FIRST_FAILURE and status != _OWN_ANSWER
    if status in _NO_ANSWER:
        return Unheard.UNDECIDED
    return Unheard.REFUSED_LATER if failed or status in _NOT_HERE else None
