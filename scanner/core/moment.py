"""Times as reports and histories write them: ISO 8601, UTC, whole seconds."""

from datetime import UTC, datetime


def utc_text(moment: datetime) -> str:
    """Return a time that knows its zone as `2026-11-28T06:00:00Z`; raises OverflowError at the ends of the calendar."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def utc_of(text: str) -> str:
    """Return a time of ISO 8601 in UTC; one without a zone is taken for UTC. Raises ValueError, OverflowError."""
    read = datetime.fromisoformat(text)
    return utc_text(read.replace(tzinfo=read.tzinfo or UTC))


def seconds_between(first: str, last: str) -> float:
    """Return the seconds from one time of ISO 8601 to another, never less than none."""
    return max(0.0, (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds())
