"""Reads an accept file strictly: every mistake is named with its line, and none accepts more than was meant."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

from scanner.core.errors import UsageError
from scanner.core.intervals import Intervals
from scanner.core.ports import LAST_PORT
from scanner.core.text import clean
from scanner.core.textfile import split_lines
from scanner.core.toml_place import line_of
from scanner.core.tomltext import parse_toml, read_toml
from scanner.findings.accepted import Acceptance
from scanner.targets.numbers import numbers_of_span
from scanner.targets.parse import parse_target
from scanner.targets.spec import HostName, Span

_HEADER = re.compile(r"\s*\[\[\s*accept\s*\]\]")
_FIELDS = frozenset(
    {"target", "name", "port", "subject", "service", "rule", "reason", "owner", "until", "despite_compromise"}
)


def read_acceptances(path: Path) -> tuple[Acceptance, ...]:
    """Return the entries of an accept file; raises UsageError with file and line for anything that is not plain."""
    return _entries(*read_toml(path), path)


def parse_acceptances(text: str, path: Path) -> tuple[Acceptance, ...]:
    """Return the entries of an accept file's text; `path` is named in errors."""
    return _entries(parse_toml(text, path), text, path)


def _entries(document: dict[str, Any], text: str, path: Path) -> tuple[Acceptance, ...]:
    entries = document.pop("accept", [])
    if document or not isinstance(entries, list):
        line = line_of(text, "", next(iter(document), "accept"))
        raise UsageError(
            "holds something else than [[accept]] entries; `exposure accept` writes one", file=path, line=line
        )
    lines = [number for number, line in enumerate(split_lines(text), 1) if _HEADER.match(line)]
    # Entries that are not headed in the plain way have no line of their own.
    places = lines if len(lines) == len(entries) else [1] * len(entries)
    return tuple(
        _Reader(entry, path, line, text, index).acceptance()
        for index, (entry, line) in enumerate(zip(entries, places, strict=True))
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """One entry of the file, read strictly."""

    entry: Any
    path: Path
    line: int
    """Where the entry begins."""
    text: str
    index: int
    """Which entry of the file it is, from 0."""

    def acceptance(self) -> Acceptance:
        if not isinstance(self.entry, Mapping):
            self._fail("an entry is not a table; write [[accept]]")
        strangers = sorted(set(self.entry) - _FIELDS)
        if strangers:
            self._fail(
                f"unknown field '{clean(strangers[0], 40)}'; known are {', '.join(sorted(_FIELDS))}", strangers[0]
            )
        port, service = self._port(), self._optional("service")
        subject = self._optional("subject") or ""
        if port is None and service is None and not subject:
            self._fail("an entry needs a port or a service beside its target, or a subject")
        target = self._text("target")
        return Acceptance(
            target=target,
            name=self._optional("name"),
            addresses=self._addresses(target),
            port=port,
            subject=subject,
            service=service,
            rule=self._optional("rule"),
            reason=self._text("reason"),
            owner=self._text("owner"),
            until=self._until(),
            despite_compromise=self._truth("despite_compromise"),
            where=f"{self.path}:{self.line}",
        )

    def _addresses(self, target: str) -> Intervals | None:
        try:
            place = parse_target(target).place
            if isinstance(place, Span):
                return numbers_of_span(place)
        except UsageError as error:
            self._fail(str(error), "target")
        if not isinstance(place, HostName):
            self._fail("a target is an address, a network, a range or a name", "target")
        return None

    def _text(self, name: str) -> str:
        value = self.entry.get(name)
        if not isinstance(value, str) or not value.strip():
            self._fail(
                f"{name} is missing; every acceptance has a target, a reason, an owner and a last day (until)", name
            )
        return clean(value.strip(), 500)

    def _optional(self, name: str) -> str | None:
        return self._text(name) if name in self.entry else None

    def _port(self) -> int | None:
        value = self.entry.get("port")
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= LAST_PORT:
            self._fail(f"port is not a number from 1 to {LAST_PORT}", "port")
        return value

    def _until(self) -> date:
        value = self.entry.get("until")
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value)
            except ValueError:
                value = None
        if not isinstance(value, date) or isinstance(value, datetime):
            self._fail("until is not a day; write until = 2027-03-31", "until")
        return value

    def _truth(self, name: str) -> bool:
        value = self.entry.get(name, False)
        if not isinstance(value, bool):
            self._fail(f"{name} is neither true nor false", name)
        return value

    def _fail(self, message: str, field: str = "") -> NoReturn:
        """Raise UsageError naming the line of a field, or of the entry where it has none."""
        line = line_of(self.text, "accept", field, self.index) if field else self.line
        raise UsageError(message, file=self.path, line=line)
