"""From the command line's targets to what may be touched: read, resolve, exclude, judge, lay out."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, TypeAlias
from urllib.parse import urlsplit

from scanner.core.address import Address, is_v4, to_number
from scanner.core.count import counted
from scanner.core.errors import UsageError
from scanner.core.intervals import Intervals
from scanner.core.plan import Expected, Target
from scanner.core.ports import PortSet
from scanner.core.problem import Problem, ProblemKind
from scanner.core.scope import Scope
from scanner.core.space import Space
from scanner.targets.files import Line, read_targets
from scanner.targets.gate import Wanted, permit
from scanner.targets.interfaces import Interface, read_interfaces
from scanner.targets.layout import Barred, lay_out
from scanner.targets.local import excluded_spans, local_spans
from scanner.targets.numbers import numbers_of_span
from scanner.targets.parse import masked, parse_target
from scanner.targets.ports import parse_ports
from scanner.targets.resolve import MOST_ADDRESSES, Answers, Lookup, resolve_names, system_lookup
from scanner.targets.spec import HostName, Local, Span

Interfaces: TypeAlias = Callable[[], Sequence[Interface]]

_LARGEST_V6 = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What a run may touch and look at."""

    targets: tuple[Target, ...]
    """In the order of the command line, then of the files."""
    scope: Scope
    space: Space
    problems: tuple[Problem, ...]
    """Dead names, interfaces that @local left out, addresses of clouds' credentials that a network held."""
    barred: Barred = field(default_factory=dict)
    """By TCP port: the addresses whose endpoint on that port was excluded."""
    expected: tuple[Expected, ...] = ()
    """What must be open for the run to say anything."""


def resolve_targets(
    texts: Sequence[str],
    *,
    files: Sequence[str] = (),
    more: Sequence[Line] = (),
    excludes: Sequence[str] = (),
    exclude_files: Sequence[str] = (),
    ports: str = "catalogue",
    catalogue: PortSet,
    allow_public: bool = False,
    lookup: Lookup = system_lookup,
    interfaces: Interfaces = read_interfaces,
    stdin: BinaryIO | None = None,
) -> Resolved:
    """Return everything that `exposure scan` may touch.

    `texts` and `excludes` are targets as typed (TARGET and `-x`), `files` and `exclude_files` are paths (`-` is
    standard input), `more` are targets that were read from elsewhere, `ports` is the text of `-p`, `catalogue` the
    default ports of the services that will be asked. Nothing is sent but the questions to the system's resolver.

    A dead name becomes a problem; if no other target is left the space is empty, and nothing can be scanned. A dead
    name among the exclusions, and everything else that can't be used as written, raises UsageError. Exclusions win
    over every target, pinned ones included; a pinned exclusion (`-x 10.0.0.5:22`) keeps that one endpoint out.
    """
    port_set = parse_ports(ports, catalogue)
    lines = [*_read(texts, files, stdin), *more]
    barred = _read(excludes, exclude_files, stdin, exclusion=True)
    if not lines:
        raise UsageError("no target; name an address, a network, a host or @local, or a file with --targets")
    _demand_ports(lines, port_set)
    answers = resolve_names(
        (line.spec.place.name for line in (*lines, *barred) if isinstance(line.spec.place, HostName)), lookup
    )
    excluded, excluded_endpoints = _exclusions(barred, answers, interfaces)
    wanted, problems = _wanted(lines, answers, interfaces)
    if not wanted:
        return Resolved(targets=(), scope=Scope(), space=Space(), problems=tuple(problems))
    allowed, left_out = permit(wanted, excluded, allow_public=allow_public)
    targets = tuple(_target(want, answers) for want in wanted)
    space = lay_out(targets, port_set, allowed, excluded_endpoints)
    if not space.size:
        raise UsageError("the exclusions cover every target, so nothing is left to scan; look at --exclude")
    return Resolved(
        targets=targets,
        scope=Scope(space.addresses),
        space=space,
        problems=(*problems, *left_out),
        barred=excluded_endpoints,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Permitted:
    """What may be touched of addresses that stand in files of other programs."""

    numbers: Intervals
    barred: Barred
    problems: tuple[Problem, ...]


def permit_addresses(
    addresses: Mapping[int, Address],
    *,
    excludes: Sequence[str] = (),
    exclude_files: Sequence[str] = (),
    allow_public: bool = False,
    lookup: Lookup = system_lookup,
    interfaces: Interfaces = read_interfaces,
) -> Permitted:
    """Return what may be touched of addresses, by number, each as good as a target that was typed alone.

    Raises UsageError as `resolve_targets` does.
    """
    barred = _read(excludes, exclude_files, None, exclusion=True)
    answers = resolve_names((line.spec.place.name for line in barred if isinstance(line.spec.place, HostName)), lookup)
    excluded, endpoints = _exclusions(barred, answers, interfaces)
    spans = [(number, number) for number in addresses]
    # All at once: a million targets of one address each would be judged as they are, and take seconds to make.
    together = [Wanted(line=_line_of(address), numbers=Intervals(spans)) for address in [*addresses.values()][:1]]
    try:
        allowed, problems = permit(together, excluded, allow_public=allow_public)
    except UsageError:
        alone = (Wanted(line=_line_of(one), numbers=Intervals([(n, n)])) for n, one in addresses.items())
        allowed, problems = permit(tuple(alone), excluded, allow_public=allow_public)
    return Permitted(numbers=allowed, barred=endpoints, problems=tuple(problems))


def _line_of(address: Address) -> Line:
    return Line(spec=parse_target(str(address)))


def _read(texts: Iterable[str], files: Iterable[str], stdin: BinaryIO | None, *, exclusion: bool = False) -> list[Line]:
    lines = [Line(spec=parse_target(text)) for text in texts]
    for file in files:
        lines += read_targets(file, stdin, exclusion=exclusion)
    return lines


def _demand_ports(lines: Sequence[Line], ports: PortSet) -> None:
    for line in lines:
        if line.spec.port is None and not ports:
            raise line.error(f"{line.spec.text}: no port to look at; pin one (10.0.0.5:8080) or use -p")


def _wanted(lines: Sequence[Line], answers: Answers, interfaces: Interfaces) -> tuple[list[Wanted], list[Problem]]:
    wanted: list[Wanted] = []
    named = {line.spec.place.name for line in lines if isinstance(line.spec.place, HostName)}
    problems = [problem for problem in answers.problems if problem.where in named]
    for name, addresses in answers.addresses.items():
        if name in named and len(addresses) > MOST_ADDRESSES:
            detail = f"only the first {MOST_ADDRESSES} of its {counted(len(addresses), 'address')} are scanned"
            problems.append(Problem(ProblemKind.NAME_HAS_MANY_ADDRESSES, name, detail))
    for line in lines:
        place = line.spec.place
        if isinstance(place, Span):
            wanted.append(Wanted(line=line, numbers=_enumerable(line, place)))
        elif isinstance(place, Local):
            spans, notes = _local(line, interfaces)
            problems += notes
            if spans:
                wanted.append(Wanted(line=line, numbers=_union(numbers_of_span(span) for span in spans)))
        elif place.name in answers.addresses:
            wanted.append(Wanted(line=line, numbers=_numbers(answers.addresses[place.name])))
    return wanted, problems


def _exclusions(
    lines: Sequence[Line], answers: Answers, interfaces: Interfaces
) -> tuple[Intervals, Mapping[int, Intervals]]:
    whole: list[tuple[int, int]] = []
    endpoints: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for line in lines:
        place = line.spec.place
        _demand_whole_exclusion(line)
        if isinstance(place, Span):
            numbers = _placed(line, place)
        elif isinstance(place, Local):
            numbers = _union(numbers_of_span(span) for span in excluded_spans(interfaces()))
        elif place.name in answers.addresses:
            numbers = _numbers(answers.addresses[place.name])
        else:
            raise line.error(f"the exclusion {place} does not resolve, so it can't be kept out; exclude its address")
        (whole if line.spec.port is None else endpoints[line.spec.port]).extend(numbers.spans)
    return Intervals(whole), {port: Intervals(spans) for port, spans in endpoints.items()}


def _demand_whole_exclusion(line: Line) -> None:
    """Raise UsageError for a URL without a port: whoever writes one means the host, and would lose all but one port."""
    spec = line.spec
    if spec.scheme and urlsplit(spec.text).port is None:
        host = f"[{spec.place}]" if ":" in str(spec.place) else spec.place
        raise line.error(
            f"{masked(spec.text)}: an exclusion is a host or an endpoint; write {spec.place} to keep all of it out, "
            f"{host}:{spec.port} for that port alone"
        )


def _enumerable(line: Line, span: Span) -> Intervals:
    numbers = _placed(line, span)
    if numbers.size > _LARGEST_V6 and not is_v4(span.first):
        raise line.error(
            f"{line.spec.text} holds {numbers.size:.2g} IPv6 addresses, too many to try; "
            "name the addresses or host names that are in use, or a network of /108 or smaller"
        )
    return numbers


def _local(line: Line, interfaces: Interfaces) -> tuple[list[Span], list[Problem]]:
    try:
        return local_spans(interfaces())
    except UsageError as error:
        raise line.error(str(error)) from None


def _placed(line: Line, span: Span) -> Intervals:
    try:
        return numbers_of_span(span)
    except UsageError as error:
        raise line.error(str(error)) from None


def _numbers(addresses: Iterable[Address]) -> Intervals:
    return Intervals((number, number) for number in map(to_number, addresses))


def _union(parts: Iterable[Intervals]) -> Intervals:
    return Intervals(span for part in parts for span in part.spans)


def _target(want: Wanted, answers: Answers) -> Target:
    spec, line = want.line.spec, want.line
    host = spec.place.name if isinstance(spec.place, HostName) else None
    addresses = want.numbers if host is None else _numbers(answers.addresses[host][:MOST_ADDRESSES])
    return Target(
        text=spec.text,
        addresses=addresses,
        name=line.name or host,
        host=host,
        port=spec.port,
        scheme=spec.scheme,
        base_path=spec.base_path,
        anchor=line.anchor,
        instead=line.instead,
        owner=line.owner,
        tags=line.tags,
    )
