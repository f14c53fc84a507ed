"""What putting one project together may cost: small files that include and extend each other can ask for very much."""

from dataclasses import dataclass

MOST_STEPS = 300_000
"""About half a second; a project of 100 services takes a few thousand."""


class TooMuch(ValueError):
    """The project asks for more steps than any that people write."""


@dataclass(slots=True)
class Steps:
    """Counts what was done for one project."""

    taken: int = 0

    def take(self, count: int) -> None:
        """Count some steps; raises TooMuch beyond MOST_STEPS."""
        self.taken += count
        if self.taken > MOST_STEPS:
            raise TooMuch(f"putting its parts together takes more than {MOST_STEPS:,} steps")
