"""What can be typed where the words are known; what must be loaded for it is loaded when somebody asks."""

from collections.abc import Sequence

from scanner.core.engine_name import EngineName

EDITIONS = ("2017", "2021", "2025")
LEVELS = ("critical", "high", "medium", "low", "info", "never")
SEVERITIES = LEVELS[:-1]
NOTHING = "none"
"""The word of --format for no report on standard output."""
COLORS = ("auto", "always", "never")
SHELLS = ("bash", "zsh", "fish")


def engines() -> Sequence[str]:
    """Return the words of --engine."""
    return tuple(name.value for name in EngineName)


def editions() -> Sequence[str]:
    """Return the years of the OWASP Top 10 that the table can be grouped by."""
    return EDITIONS


def levels() -> Sequence[str]:
    """Return the words of --fail-on."""
    return LEVELS


def severities() -> Sequence[str]:
    """Return the words of severities."""
    return SEVERITIES


def colors() -> Sequence[str]:
    """Return the words of --color."""
    return COLORS


def shells() -> Sequence[str]:
    """Return the shells that can be completed."""
    return SHELLS


def formats() -> Sequence[str]:
    """Return what can go to standard output: the names of all report formats, or nothing."""
    from scanner.report.writer import format_names

    return (*format_names(), NOTHING)


def trackers() -> Sequence[str]:
    """Return the names of all trackers."""
    from scanner.tickets.trackers import tracker_names

    return tracker_names()


def service_ids() -> Sequence[str]:
    """Return the ids of all services."""
    from scanner.probes.registry import load_registry

    return tuple(entry.id for entry in load_registry().entries)


def services() -> Sequence[str]:
    """Return the ids of all services and the names of their categories."""
    from scanner.probes.registry import load_registry

    entries = load_registry().entries
    return (*dict.fromkeys(entry.category for entry in entries), *(entry.id for entry in entries))
