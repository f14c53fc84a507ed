"""One indicator of compromise before it is weighed."""

from typing import NamedTuple


class Candidate(NamedTuple):
    """A possible core.finding.Indicator, before it is weighed together with the others."""

    id: str
    """Kebab-case; candidates with different ids are independent of each other."""
    detail: str
    """Where it was seen, clean."""
    certain: bool
    """Whether it is published as part of an attack and has no honest use."""
