"""Decides which of the resolved addresses may be touched: interval arithmetic, whatever their number."""

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.core.address import to_address
from scanner.core.intervals import Intervals
from scanner.core.problem import Problem, ProblemKind
from scanner.targets.files import Line
from scanner.targets.spec import HostName
from scanner.targets.special import NEVER_SCANNED, Reach, metadata_numbers, numbers_of, row_of

_ZONED_FIRST = 1 << 128
_LOW_128 = _ZONED_FIRST - 1
_UNZONED_LINK_LOCAL = Intervals([(0xFE80 << 112, (0xFEC0 << 112) - 1)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One target and the addresses that it stands for."""

    line: Line
    numbers: Intervals


def permit(wanted: Sequence[Wanted], excluded: Intervals, *, allow_public: bool) -> tuple[Intervals, list[Problem]]:
    """Return the addresses that may be touched: everything wanted, minus what is excluded, if all of it may be.

    Exclusions come first: what they take out is not judged. Raises UsageError that names the first target with an
    address that may not be touched. Cloud metadata addresses that were not named one by one are left out of networks
    and ranges, with a problem; a host name that points at one is refused.
    """
    left = Intervals(span for want in wanted for span in want.numbers.spans) - excluded
    problems: list[Problem] = []
    credentials = (metadata_numbers() & left) - _exact(wanted)
    if credentials:
        for want in wanted:
            hit = want.numbers & credentials
            if hit and isinstance(want.line.spec.place, HostName):
                raise want.line.error(
                    f"{want.line.spec.place} resolves to {to_address(hit.at(0))}, where clouds serve credentials; "
                    "name the address itself if you mean it"
                )
            problems += [_left_out(want, number) for number in hit]
        left -= credentials
    _refuse(wanted, _bare(left) & numbers_of(*NEVER_SCANNED), left, "never scanned, with --allow-public or without")
    _refuse(wanted, left & _UNZONED_LINK_LOCAL, left, "link-local and needs its interface; write fe80::1%eth0")
    if not allow_public:
        public = _bare(left) & numbers_of(Reach.PUBLIC)
        _refuse(wanted, public, left, "not private; add --allow-public if you have its owner's permission to scan it")
    return left, problems


def _exact(wanted: Sequence[Wanted]) -> Intervals:
    return Intervals(span for want in wanted if want.line.spec.exact for span in want.numbers.spans)


def _left_out(want: Wanted, number: int) -> Problem:
    where = str(to_address(number))
    return Problem(
        ProblemKind.METADATA_ADDRESS_SKIPPED, where, f"part of {want.line.spec.text}; clouds serve credentials there"
    )


def _bare(numbers: Intervals) -> Intervals:
    """Return the addresses without their zones."""
    if not numbers or numbers.spans[-1][1] < _ZONED_FIRST:
        return numbers
    return Intervals((first & _LOW_128, last & _LOW_128) for first, last in numbers.spans)


def _refuse(wanted: Sequence[Wanted], bad: Intervals, left: Intervals, why: str) -> None:
    if not bad:
        return
    for want in wanted:
        hit = _bare(want.numbers & left) & bad
        if hit:
            raise want.line.error(f"{_naming(want, hit)} is {why}")


def _naming(want: Wanted, hit: Intervals) -> str:
    place = want.line.spec.place
    row = row_of(hit.at(0))
    first, what = to_address(hit.at(0)), row.what
    if isinstance(place, HostName):
        return f"{place} resolves to {first} ({what}), which"
    if want.numbers.size == 1:
        return f"{first} ({what})"
    last = to_address(min(hit.spans[0][1], row.last))
    return f"{want.line.spec.text} includes {first if first == last else f'{first}-{last}'} ({what}), which"
