import pytest

from scanner.core import errors
from scanner.core.errors import ScannerError, TimedOut, UsageError, first_of
from scanner.core.exit_code import ExitCode


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ({}, "bad"),
        ({"file": "a.txt"}, "a.txt: bad"),
        ({"file": "a.txt", "line": 3}, "a.txt:3: bad"),
        ({"line": 3}, "bad"),
    ],
)
def test_a_usage_error_names_its_place(place, shown):
    assert str(UsageError("bad", **place)) == shown


def test_the_first_error_of_ours_is_found_however_deep_it_lies():
    ours = UsageError("ours")
    inner = BaseExceptionGroup("inner", [KeyError("theirs"), ours, TimedOut("later")])
    assert first_of(BaseExceptionGroup("outer", [ValueError("theirs"), inner])) is ours


def test_a_group_without_one_of_ours_is_given_back_whole():
    group = BaseExceptionGroup("theirs", [KeyError("a"), KeyboardInterrupt()])
    assert first_of(group) is group


@pytest.mark.parametrize(
    "kind", [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ScannerError)]
)
def test_no_error_of_ours_ends_a_run_as_if_all_were_well(kind):
    assert kind.exit_code in {ExitCode.USAGE, ExitCode.NOTHING_SCANNED}


@pytest.mark.parametrize("kind", [errors.ClosedEarly, errors.TimedOut])
def test_what_had_arrived_is_kept(kind):
    assert kind("cut", b"+PO").got == b"+PO"
    assert kind("cut").got == b""
