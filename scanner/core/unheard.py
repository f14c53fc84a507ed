"""Why an endpoint that is open could not be heard out: silence and noise are no answer."""

from enum import StrEnum


class Unheard(StrEnum):
    """The reason of an inconclusive endpoint, in the words of the JSON report."""

    TIMED_OUT = "timed-out"
    """No answer within the deadline, or only a part of one."""
    CUT_OFF = "cut-off"
    """The answer was longer than the byte budget, or ended before it was complete."""
    REFUSED_LATER = "refused-later"
    """It accepted a connection before, and then none: a ban, a full table, a service that stopped."""
    MALFORMED = "malformed"
    """The bytes that came can't be read as an answer, and whoever sent them is not known."""
    LOCAL_FAULT = "local-fault"
    """This machine failed: descriptors, buffers, local ports or its own link."""
    NOT_ASKED = "not-asked"
    """The run ended before a question was put."""
