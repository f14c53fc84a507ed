"""Where endpoints come from: targets as typed and in files, other scanners' results, and Compose files."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scanner.cli.scan_options import ScanOptions
from scanner.core.errors import UsageError
from scanner.core.ports import PortSet
from scanner.targets.files import Line
from scanner.targets.plan import Resolved, resolve_targets

_FILES = {
    ".txt": "-i", ".list": "-i", ".lst": "-i", ".xml": "--from-nmap", ".json": "--from-nmap",
    ".yml": "--from-compose", ".yaml": "--from-compose",
}  # fmt: skip
"""What a file with such a name is read by."""


def resolve_sources(options: ScanOptions, catalogue: PortSet) -> Resolved:
    """Return everything that the run may touch and look at; raises UsageError before anything is sent."""
    if options.from_compose or options.from_nmap:
        from scanner.cli.file_sources import resolve_with_files

        return resolve_with_files(options, catalogue)
    for target in options.targets:
        _refuse_file(target)
    resolved = resolve_typed(options, options.targets, options.ports, catalogue, files=options.target_files)
    if options.wait_s is None and not options.expect_open:
        return resolved
    from scanner.targets.expected import expected_endpoints

    named = options.ports != "catalogue"
    expected = expected_endpoints(resolved.targets, resolved.space, (), named=True, ports_named=named)
    return replace(resolved, expected=expected)


def _refuse_file(target: str) -> None:
    """Raise UsageError for a file in the place of a target: its name would be looked up as a host's."""
    option = _FILES.get(Path(target).suffix.lower())
    if option is not None and Path(target).is_file():
        raise UsageError(f"{target} is a file; name it with {option} {target}")


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
