"""The firewall line of a remedy: it works on a fresh machine, can be pasted twice, and locks nobody out by accident."""

import re

PLACEHOLDER = "YOUR-NETWORK"
"""Stands where the reader's own network belongs, 192.168.1.0/24, in firewall lines and in configurations of services.

nft refuses it, and then changes nothing; what takes it for a name (pg_hba.conf, exports) lets nobody in by it.
"""


def close_to_strangers(match: str, *, hook: str = "input") -> str:
    """Return the nft command that drops what `match` (`tcp dport 6379`) matches, but from one network and this machine.

    One transaction (nft(8)): the table is made, emptied of an earlier paste, and filled; either all of it holds or
    nothing. `hook` is `forward` for what stands behind this machine.
    """
    table = "exposure_" + "_".join(re.findall(r"[0-9]+", match))
    local = 'iifname != "lo" ' if hook == "input" else ""
    steps = (
        f"add table inet {table}",
        f"delete table inet {table}",
        f"add table inet {table}",
        f"add chain inet {table} strangers {{ type filter hook {hook} priority -10; }}",
        f"add rule inet {table} strangers {local}{match} ip saddr != {PLACEHOLDER} drop",
        f"add rule inet {table} strangers {local}{match} meta nfproto ipv6 drop",
    )
    return f"nft '{'; '.join(steps)}'"
