"""What a stranger meets, as far as a file tells."""

from enum import StrEnum


class Guard(StrEnum):
    """What a stranger meets, as far as a file tells."""

    OPEN = "open"
    CLOSED = "closed"
    """It demands credentials or a certificate."""
    UNKNOWN = "unknown"
    """Something else decides: a version, a database, another file."""
