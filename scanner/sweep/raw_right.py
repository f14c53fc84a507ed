"""Takes up the right to raw packets where this process may have it and does not use it yet (capabilities(7))."""

import ctypes

_VERSION_3 = 0x20080522
_NET_RAW = 1 << 13
_EFFECTIVE, _PERMITTED, _WORDS = 0, 1, 6


def take_raw_right() -> bool:
    """Make CAP_NET_RAW effective if it is permitted, for this thread and those that it starts; return whether it is.

    In a container it is permitted alone: if it were effective, no interpreter would start where NET_RAW is not allowed.
    """
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        header, held = (ctypes.c_uint32 * 2)(_VERSION_3, 0), (ctypes.c_uint32 * _WORDS)()
        if libc.capget(header, held) or not held[_PERMITTED] & _NET_RAW:
            return False
        held[_EFFECTIVE] |= _NET_RAW
        return bool(libc.capset(header, held) == 0)
    except (OSError, AttributeError):
        return False
