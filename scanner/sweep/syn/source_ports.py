"""Which source ports a run uses: a block that no program is given by chance.

The kernel answers a SYN-ACK for a port without a socket with RST, and that is wanted: it frees the half-open
connection at the target at once, long before its own timer would. So nothing is installed, and nothing needs to be
removed. It takes ports outside ip_local_port_range, so that no connection of another program is mistaken for ours.
"""

import secrets
import socket
from pathlib import Path

from scanner.core.count import counted
from scanner.core.errors import SetupError

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_DEFAULT_RANGE = (32_768, 60_999)
_FIRST_FREE, _LAST = 1_024, 65_535
_TRIES = 32


def choose_source_ports(count: int) -> int:
    """Return the first of `count` neighbouring TCP ports that nobody uses; raises SetupError when there are none."""
    low, high = _ephemeral_range()
    rooms = [(first, last) for first, last in ((high + 1, _LAST), (_FIRST_FREE, low - 1)) if last - first + 1 >= count]
    for first, last in rooms:
        for _ in range(_TRIES):
            start = first + secrets.randbelow(last - first + 2 - count)
            if all(_is_free(port) for port in range(start, start + count)):
                return start
    raise SetupError(
        f"no {counted(count, 'source port', 'is', 'are')} free outside net.ipv4.ip_local_port_range ({low} {high}): "
        "narrow that range, or use --engine connect"
    )


def _ephemeral_range() -> tuple[int, int]:
    try:
        low, high = _RANGE.read_text(encoding="ascii").split()
        return int(low), int(high)
    except (OSError, ValueError):
        return _DEFAULT_RANGE


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        try:
            sock.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True
