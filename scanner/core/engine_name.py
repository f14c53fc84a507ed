"""The names of the engines that sweep ports."""

from enum import StrEnum


class EngineName(StrEnum):
    """An engine as `--engine` names it."""

    AUTO = "auto"
    """Resolved to one of the others before anything is sent."""
    CONNECT = "connect"
    SYN = "syn"
    NMAP = "nmap"
