"""Where endpoints come from: targets as typed and in files, other scanners' results, and Compose files."""

from collections.abc import Sequence
from dataclasses import replace

from scanner.cli.scan_options import ScanOptions
from scanner.core.ports import PortSet
from scanner.targets.files import Line
from scanner.targets.plan import Resolved, resolve_targets


def resolve_sources(options: ScanOptions, catalogue: PortSet) -> Resolved:
    """Return everything that the run may touch and look at; raises UsageError before anything is sent."""
    if options.from_compose or options.from_nmap:
        from scanner.cli.file_sources import resolve_with_files

        return resolve_with_files(options, catalogue)
    resolved = resolve_typed(options, options.targets, options.ports, catalogue, files=options.target_files)
    if options.wait_s is None and not options.expect_open:
        return resolved
    from scanner.targets.expected import expected_endpoints

    named = options.ports != "catalogue"
    expected = expected_endpoints(resolved.targets, resolved.space, (), named=True, ports_named=named)
    return replace(resolved, expected=expected)


def resolve_typed(
    options: ScanOptions,
    texts: Sequence[str],
    ports: str,
    catalogue: PortSet,
    *,
    files: Sequence[str] = (),
    more: Sequence[Line] = (),
) -> Resolved:
    """Return what targets stand for, within what the options exclude and permit; raises UsageError."""
    return resolve_targets(
        texts,
        files=files,
        more=more,
        excludes=options.exclude,
        exclude_files=options.exclude_files,
        ports=ports,
        catalogue=catalogue,
        allow_public=options.allow_public,
    )
