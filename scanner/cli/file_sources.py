"""Endpoints that stand in files of other programs: results of other scanners, and Compose files."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from ipaddress import ip_address

from scanner.cli.scan_options import ScanOptions
from scanner.cli.sources import resolve_typed
from scanner.core.address import to_number
from scanner.core.errors import UsageError
from scanner.core.intervals import Intervals
from scanner.core.plan import Target, describe
from scanner.core.ports import PortSet, Transport, port_key
from scanner.core.problem import Problem
from scanner.core.scope import Scope
from scanner.core.space import Space
from scanner.targets.compose.files import projects
from scanner.targets.compose.published import ComposedLines, Published, compose_lines
from scanner.targets.expected import expected_endpoints
from scanner.targets.imports.file import read_file
from scanner.targets.imports.found import Found, lay_out_found
from scanner.targets.imports.taken import found_targets, import_problems
from scanner.targets.plan import Resolved, permit_addresses


def resolve_with_files(options: ScanOptions, catalogue: PortSet) -> Resolved:
    """Return everything that the run may touch and look at; raises UsageError before anything is sent."""
    composed = [compose_lines(files, os.environ) for files in projects(options.from_compose, os.environ)]
    imports = [(str(path), read_file(path)) for path in options.from_nmap]
    found = [one for _, known in imports for one in known.found]
    published = [port for part in composed for port in part.datagrams]
    exact = [*found, *(Found(ip_address(port.address), port.port, Transport.UDP) for port in published)]
    lines = [line for part in composed for line in part.lines]
    resolved = Resolved(targets=(), scope=Scope(), space=Space(), problems=())
    if options.targets or options.target_files or lines or not (exact or composed or imports):
        resolved = resolve_typed(
            options, options.targets, options.ports, catalogue, files=options.target_files, more=lines
        )
    if exact:
        resolved = _with_exact(options, resolved, exact)
    named, names = found_targets(found, resolved.scope)
    ports = [port for part in composed for port in part.ports]
    strict = options.wait_s is not None or options.expect_open
    return replace(
        resolved,
        targets=(*resolved.targets, *_published(published, resolved.scope), *named),
        problems=(*resolved.problems, *_problems(composed), *import_problems(imports), *names),
        expected=expected_endpoints(
            resolved.targets, resolved.space, ports, named=strict, ports_named=options.ports != "catalogue"
        ),
    )


def _with_exact(options: ScanOptions, resolved: Resolved, found: Sequence[Found]) -> Resolved:
    """Add endpoints that were named one by one, their addresses held against the same gate and exclusions."""
    addresses = {to_number(one.address): one.address for one in found}
    permitted = permit_addresses(
        addresses, excludes=options.exclude, exclude_files=options.exclude_files, allow_public=options.allow_public
    )
    new = [one for one in found if not _planned(resolved.space, one)] if resolved.space.blocks else found
    extra = lay_out_found(new, permitted.numbers, permitted.barred)
    if new and not extra.size:
        raise UsageError("the exclusions cover every target, so nothing is left to scan; look at --exclude")
    return Resolved(
        targets=resolved.targets,
        scope=Scope(resolved.scope.numbers | permitted.numbers),
        space=Space((*resolved.space.blocks, *extra.blocks)),
        problems=(*resolved.problems, *permitted.problems),
    )


def _planned(space: Space, one: Found) -> bool:
    number = to_number(one.address)
    return space.holds(number, port_key(one.transport, one.port))


def _published(ports: Iterable[Published], scope: Scope) -> Iterable[Target]:
    """Yield the target of each published UDP port: which service it is of, and the line that publishes it."""
    for port in ports:
        address = ip_address(port.address)
        if address in scope:
            number = to_number(address)
            yield Target(
                text=f"{describe(address, port.port)}/udp",
                addresses=Intervals([(number, number)]),
                name=port.service,
                port=port.port,
                anchor=port.anchor,
                instead=port.instead,
            )


def _problems(composed: Iterable[ComposedLines]) -> Iterable[Problem]:
    return (problem for part in composed for problem in part.problems)
