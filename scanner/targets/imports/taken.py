"""What a run makes of other scanners' files: targets with the names that they were given, and what was left out."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from scanner.core.address import Address, to_number
from scanner.core.intervals import Intervals
from scanner.core.plan import Target, describe
from scanner.core.problem import Problem, ProblemKind
from scanner.core.scope import Scope
from scanner.targets.imports.found import Found, Import

_MOST_NAMES = 5


def import_problems(imports: Iterable[tuple[str, Import]]) -> Iterator[Problem]:
    """Yield what was left out of each file, and which files hold nothing open."""
    for file, known in imports:
        for left in known.left_out:
            yield Problem(
                ProblemKind.IMPORT_LEFT_OUT,
                file,
                f"{left.count:,} not looked at, {left.why}: {', '.join(left.examples)}",
            )
        if known.found:
            if known.broken_off:
                yield Problem(
                    ProblemKind.IMPORT_UNFINISHED,
                    file,
                    "does not say that its scan came to its end; there may be more open ports than it lists",
                )
        elif known.ended:
            yield Problem(ProblemKind.IMPORT_NOTHING_OPEN, file, "its scan came to its end and found no open port")
        else:
            yield Problem(
                ProblemKind.IMPORT_UNFINISHED,
                file,
                "holds no open port, and does not say that a scan of live hosts came to its end",
            )


def found_targets(found: Iterable[Found], scope: Scope) -> tuple[list[Target], list[Problem]]:
    """Return a target for each address, for each port where its ports have names of their own, and names left out.

    An endpoint is asked under one name: the first that its file gives.
    """
    by_number: dict[int, list[Found]] = defaultdict(list)
    for one in found:
        by_number[to_number(one.address)].append(one)
    targets: list[Target] = []
    problems: list[Problem] = []
    for number, here in by_number.items():
        if number not in scope:
            continue
        address, numbers = here[0].address, Intervals([(number, number)])
        if len(here) == 1 and here[0].host is None:
            targets.append(Target(text=str(address), addresses=numbers))
            continue
        ports = _names(here)
        targets += _targets(address, numbers, ports)
        problems += _other_names(address, ports)
    return targets, problems


def _names(here: Sequence[Found]) -> dict[tuple[int, str], list[str]]:
    ports: dict[tuple[int, str], list[str]] = defaultdict(list)
    for one in here:
        names = ports[one.port, one.transport.value]
        if one.host is not None:
            names.append(one.host)
    return ports


def _targets(address: Address, numbers: Intervals, ports: Mapping[tuple[int, str], list[str]]) -> Iterator[Target]:
    hosts = {names[0] if names else None for names in ports.values()}
    if len(hosts) == 1:
        host = hosts.pop()
        yield Target(text=str(address), addresses=numbers, name=host, host=host)
        return
    yield Target(text=str(address), addresses=numbers)
    for (port, _), names in ports.items():
        if names:
            text = describe(address, port)
            yield Target(text=text, addresses=numbers, name=names[0], host=names[0], port=port)


def _other_names(address: Address, ports: Mapping[tuple[int, str], list[str]]) -> Iterator[Problem]:
    for (port, _), names in ports.items():
        others = [name for name in dict.fromkeys(names) if name != names[0]]
        if others:
            shown = ", ".join(others[:_MOST_NAMES]) + (" ..." if len(others) > _MOST_NAMES else "")
            detail = f"asked as {names[0]} alone, not as {shown}; name these as targets of runs of their own"
            yield Problem(ProblemKind.IMPORT_OTHER_NAMES, describe(address, port), detail)
