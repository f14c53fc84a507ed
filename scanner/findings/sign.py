"""One thing that may come from a break-in."""

from typing import NamedTuple


class Sign(NamedTuple):
    """A sign, before it is weighed together with the others."""

    id: str
    """Kebab-case; signs with different ids are independent of each other."""
    detail: str
    """Where it was seen, clean."""
    certain: bool
    """Whether it is published as part of an attack and has no honest use."""
