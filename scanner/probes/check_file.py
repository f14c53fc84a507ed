"""Reads a TOML check: every field is known, every mistake is named with its file and line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.core.errors import UsageError
from scanner.core.facts import Access
from scanner.core.rule import Controls
from scanner.core.tomltext import read_toml
from scanner.core.unheard import Unheard
from scanner.probes.conditions import Condition, Expectation

SCHEMA = 1
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_VERDICTS = ("exposed", "protected", "identified", "none")
_FIELDS = {
    "": {
        "schema", "id", "title", "ports", "tls_ports", "references", "fingerprints", "icons", "identity", "exposed",
        "protected", "version", "evidence", "rule", "example", "lint", "mood", "no_moods",
    },
    "identity": {"method", "path", "all", "any"},
    "exposed": {"path", "access", "says", "all", "any", "safe"},
    "protected": {"all", "any"},
    "version": {"path", "json", "header"},
    "rule": {"id", "title", "why", "controls", "remedy", "cwe", "attack", "references"},
    "example": {"verdict", "answers"},
    "mood": {"name", "product", "nameless", "access", "unheard", "answers"},
    "answer": {"status", "headers", "body"},
    "fingerprint": {"status", "header", "contains", "title", "body", "json_key"},
    "evidence": {"path", "json", "header", "count"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CheckFile:
    """A check as written: parsed, complete, and free of unknown fields."""

    file: Path
    table: Mapping[str, Any]
    identity: Expectation
    exposed: Expectation
    protected: Expectation
    safe: Expectation
    """What the exposed path says where there is nothing to expose."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that the check asks for."""
        named = [self.table["identity"]["path"], *([self.table["exposed"]["path"]] if "exposed" in self.table else [])]
        named += [entry["path"] for entry in self.table.get("evidence", {}).values() if "path" in entry]
        if "path" in self.table.get("version", {}):
            named.append(self.table["version"]["path"])
        return tuple(dict.fromkeys(named))


def read_check(file: Path) -> CheckFile:
    """Return a check file's content; raises UsageError with file and line for whatever is wrong with it."""
    table, text = read_toml(file)
    return _Reader(file, text).check(table)


class _Reader:
    """Walks one parsed check and knows where its lines are."""

    def __init__(self, file: Path, text: str) -> None:
        self.file = file
        self.lines = text.splitlines()

    def check(self, table: Mapping[str, Any]) -> CheckFile:
        self.known(table, "")
        if table.get("schema") != SCHEMA:
            raise self.wrong(
                "schema",
                f"schema = {SCHEMA} is missing; begin the file with it (`exposure checks new` writes a whole one)",
            )
        for name in ("id", "title"):
            self.text(table, name)
        if not _ID.fullmatch(table["id"]):
            raise self.wrong("id", "id must be kebab-case")
        self.ports(table)
        self.icons(table)
        self.section(table, "identity")
        self.path(table["identity"])
        if "exposed" in table:
            self.section(table, "exposed")
            self.path(table["exposed"])
            self.text(table["exposed"], "says")
            self.one_of(table["exposed"], "access", [a.word for a in Access if a >= Access.METADATA])
        self.extras(table)
        self.rules(table)
        self.examples(table)
        self.moods(table)
        return CheckFile(
            self.file,
            table,
            self.expectation(table["identity"], required=True),
            self.expectation(table.get("exposed", {}), required="exposed" in table),
            self.expectation(table.get("protected", {}), required="protected" in table),
            self.expectation({"any": table.get("exposed", {}).get("safe", [])}, required=False),
        )

    def extras(self, table: Mapping[str, Any]) -> None:
        for name in ("protected", "version"):
            self.known(table.get(name, {}), name)
        for entry in table.get("evidence", {}).values():
            self.known(entry, "evidence")
            self.source(entry, "evidence")
        if "version" in table:
            self.source(table["version"], "version")
        for fingerprint in table.get("fingerprints", []):
            self.known(fingerprint, "fingerprint")

    def source(self, entry: Mapping[str, Any], section: str) -> None:
        if not isinstance(entry.get("header", entry.get("json")), str):
            raise self.wrong(section, 'say where the value stands: json = "/pointer" or header = "name"')

    def rules(self, table: Mapping[str, Any]) -> None:
        for rule in table.get("rule", []):
            self.known(rule, "rule")
            for name in ("id", "title", "why"):
                self.text(rule, name)
            self.one_of(rule, "controls", list(Controls))
            if not rule.get("remedy"):
                raise self.wrong("rule", "a rule needs a remedy: lines to paste")
        if "exposed" in table and not table.get("rule"):
            raise self.wrong("exposed", "an exposed section needs a [[rule]] that says what it means")

    def examples(self, table: Mapping[str, Any]) -> None:
        for example in table.get("example", []):
            self.known(example, "example")
            self.one_of(example, "verdict", list(_VERDICTS))
            for answer in example.get("answers", {}).values():
                self.known(answer, "answer")
        shown = {example["verdict"] for example in table.get("example", [])}
        wanted = {"exposed", "protected", "none"} if "exposed" in table else {"identified", "none"}
        if missing := sorted(wanted - shown):
            raise self.wrong("example", f"needs an [[example]] with verdict {missing[0]!r}")

    def moods(self, table: Mapping[str, Any]) -> None:
        for mood in table.get("mood", []):
            self.known(mood, "mood")
            self.text(mood, "name")
            self.one_of({"access": mood.get("access", "unknown")}, "access", [access.word for access in Access])
            if "unheard" in mood:
                self.one_of(mood, "unheard", list(Unheard))
            for answer in mood.get("answers", {}).values():
                self.known(answer, "answer")

    def ports(self, table: Mapping[str, Any]) -> None:
        for name in ("ports", "tls_ports"):
            for port in table.get(name, []):
                if not isinstance(port, int) or not 0 < port < 65_536:
                    raise self.wrong(name, f"{port!r} is not a port")
        if not table.get("ports") and not table.get("tls_ports"):
            raise self.wrong("ports", "ports are missing")

    def icons(self, table: Mapping[str, Any]) -> None:
        icons = table.get("icons", [])
        if not isinstance(icons, list):
            raise self.wrong("icons", "icons takes a list of hashes")
        for icon in icons:
            if type(icon) is not int or not -(2**31) <= icon < 2**31:
                raise self.wrong("icons", f"{icon!r} is not the hash of an icon: a signed 32-bit number")

    def expectation(self, table: Mapping[str, Any], *, required: bool) -> Expectation:
        try:
            every = tuple(Condition.parse(one) for one in table.get("all", []))
            some = tuple(Condition.parse(one) for one in table.get("any", []))
        except ValueError as error:
            raise self.wrong("all", str(error)) from None
        if required and not every and not some:
            raise self.wrong("all", "all = [...] or any = [...] is missing")
        return Expectation(every, some)

    def section(self, table: Mapping[str, Any], name: str) -> None:
        if not isinstance(table.get(name), dict):
            raise self.wrong(name, f"section [{name}] is missing")
        self.known(table[name], name)

    def known(self, table: Mapping[str, Any], section: str) -> None:
        for name in table:
            if name not in _FIELDS[section]:
                raise self.wrong(name, f"unknown field {name!r}")

    def path(self, table: Mapping[str, Any]) -> None:
        self.text(table, "path")
        if not table["path"].startswith("/") or not table["path"].isascii() or not table["path"].isprintable():
            raise self.wrong("path", "path must be printable ASCII and start with /")
        self.one_of({"method": table.get("method", "GET")}, "method", ["GET", "HEAD"])

    def text(self, table: Mapping[str, Any], name: str) -> None:
        if not isinstance(table.get(name), str) or not table[name]:
            raise self.wrong(name, f"{name} is missing")

    def one_of(self, table: Mapping[str, Any], name: str, allowed: list[str]) -> None:
        if table.get(name) not in allowed:
            raise self.wrong(name, f"{name} is one of {', '.join(allowed)}")

    def wrong(self, name: str, message: str) -> UsageError:
        pattern = re.compile(rf"\s*\[*[\w.]*?\b{re.escape(name)}\b|.*[{{,]\s*{re.escape(name)}\s*=")
        line = next((number for number, text in enumerate(self.lines, 1) if pattern.match(text)), 1)
        return UsageError(message, file=self.file, line=line)
