import pytest

from scanner.core import errors
from scanner.core.quirk import Cut
from scanner.core.unheard import Unheard, reason_of, reason_of_cut


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (errors.TimedOut("x"), Unheard.TIMED_OUT),
        (errors.NeverAccepted("x"), Unheard.REFUSED_LATER),
        (errors.Refused("x"), Unheard.REFUSED_LATER),
        (errors.Unreachable("x"), Unheard.REFUSED_LATER),
        (errors.Reset("x"), Unheard.CUT_OFF),
        (errors.ClosedEarly("x"), Unheard.CUT_OFF),
        (errors.TooLarge("x"), Unheard.CUT_OFF),
        (errors.Malformed("x"), Unheard.MALFORMED),
        (errors.TlsFailed("x"), Unheard.MALFORMED),
        (errors.LocalFault("x"), Unheard.LOCAL_FAULT),
        (MemoryError(), Unheard.LOCAL_FAULT),
        (OSError(), Unheard.LOCAL_FAULT),
        (RecursionError(), Unheard.MALFORMED),
        (ValueError(), Unheard.MALFORMED),
    ],
)
def test_every_error_is_a_reason(error, reason):
    assert reason_of(error) is reason


def test_every_cut_is_a_reason():
    assert {cut: reason_of_cut(cut) for cut in Cut} == {
        Cut.SIZE: Unheard.CUT_OFF,
        Cut.TIME: Unheard.TIMED_OUT,
        Cut.CLOSED: Unheard.CUT_OFF,
        Cut.BROKEN: Unheard.MALFORMED,
    }
