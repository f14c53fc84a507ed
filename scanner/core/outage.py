"""How long to keep quiet between questions to a network that has fallen silent, and when to give it up."""

from collections.abc import Iterable

QUIETS_S = (1.0, 1.0, 2.0, 4.0, 8.0, 16.0, 75.0)
"""Seconds of silence before each further question.

They grow, and the last is well over a minute: a firewall that bans for a while mostly counts anew with every packet
that comes meanwhile (`--update --seconds 60` of iptables' recent match), so that only silence outlives the ban.
"""


def quiet_s(asked: int) -> float | None:
    """Return how long to say nothing after so many questions in vain, in seconds; None when it was enough."""
    return QUIETS_S[asked] if asked < len(QUIETS_S) else None


def lies_in(times: Iterable[tuple[float, float]], sent_s: float, over_s: float) -> bool:
    """Tell whether any of a silence lies in one of these times."""
    return any(sent_s < to_s and over_s > from_s for from_s, to_s in times)
