"""An answer of a history: rows under columns, as a table, JSON or CSV."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from scanner.core.jsontext import Json
from scanner.core.text import clean
from scanner.history.answers import SCHEMA, objects
from scanner.report.formats.csv import inert


@dataclass(frozen=True, slots=True)
class Listing:
    """What was asked, and the rows that answer it: the same values in every form."""

    question: str
    columns: tuple[str, ...]
    """Keys of the JSON and headers of the CSV."""
    rows: Sequence[Sequence[Json]]
    shown: Sequence[Sequence[str]]
    """The rows as people read them."""
    headers: tuple[str, ...]
    nothing: str
    """The sentence in place of an empty table."""

    def write(self, out: TextIO, *, as_json: bool, as_csv: bool) -> None:
        """Write the answer."""
        if as_json:
            document = {"schema": SCHEMA, "question": self.question, "rows": objects(self.columns, self.rows)}
            json.dump(document, out, indent=2, allow_nan=False)
            out.write("\n")
        elif as_csv:
            out.write(self._csv())
        else:
            out.write(self._table() + "\n")

    def _csv(self) -> str:
        held = io.StringIO(newline="")
        writer = csv.writer(held)
        writer.writerow(self.columns)
        writer.writerows([_cell(value) for value in row] for row in self.rows)
        return held.getvalue()

    def _table(self) -> str:
        if not self.rows:
            return self.nothing
        from tabulate import tabulate

        rows = [[clean(cell, 200) for cell in row] for row in self.shown]
        return tabulate(rows, headers=self.headers, disable_numparse=True)


def _cell(value: Json) -> str:
    if isinstance(value, list):
        return inert(" ".join(map(str, value)))
    return inert(value) if isinstance(value, str) else "" if value is None else str(value)
