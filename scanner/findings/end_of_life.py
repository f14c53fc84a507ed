"""Whether the makers of a version mend it no longer: a note, never a severity.

The data tells what had ended on its own day (end_of_life.toml, made by .ci/end_of_life.py from endoflife.date), so that
old data never calls a version ended that was only planned to be. A version of more than numbers is somebody's own
build - a distribution's, a vendor's - which they may mend for longer, and is not judged.
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from scanner.core.jsontext import Json
from scanner.core.tomltext import parse_toml

_UPSTREAM = re.compile(r"v?(\d{1,6}(?:\.\d{1,6}){1,3})(?:-MariaDB)?")


@dataclass(frozen=True, slots=True)
class EndOfLife:
    """A release cycle that its makers have ended."""

    cycle: str
    """Such as 7.0."""
    ended: datetime.date
    as_of: datetime.date
    """The day of the data."""
    page: str
    """Where it can be read up."""

    @property
    def words(self) -> str:
        """One sentence without a full stop."""
        return (
            f"{self.cycle} gets no updates from its makers since {self.ended} (endoflife.date as of {self.as_of}); "
            "a distribution's package may"
        )

    @property
    def as_json(self) -> dict[str, Json]:
        """The object of the JSON report."""
        return {"cycle": self.cycle, "ended": str(self.ended), "as_of": str(self.as_of), "page": self.page}


def end_of_life(product: str | None, version: str | None) -> EndOfLife | None:
    """Return the ended cycle that a version belongs to; None where it is not known to have ended."""
    if not product or not version or (found := _UPSTREAM.fullmatch(version)) is None:
        return None
    as_of, products = _data()
    if product not in products:
        return None
    page, ended = products[product]
    parts = found[1].split(".")
    for length in range(len(parts), 0, -1):
        cycle = ".".join(parts[:length])
        if cycle in ended:
            return EndOfLife(cycle, ended[cycle], as_of, page)
    return None


@cache
def _data() -> tuple[datetime.date, Mapping[str, tuple[str, Mapping[str, datetime.date]]]]:
    text = resources.files("scanner.findings").joinpath("end_of_life.toml").read_text("utf-8")
    told = parse_toml(text, "end_of_life.toml")
    return told["as_of"], {name: (one["page"], one["ended"]) for one in told["product"] for name in one["names"]}
