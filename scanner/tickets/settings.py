"""Reads the TOML file that says where tickets go, strictly: what it does not know is an error with file and line."""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from scanner.core.address import to_number
from scanner.core.errors import UsageError
from scanner.core.finding import Severity
from scanner.core.intervals import Intervals
from scanner.core.toml_place import line_of
from scanner.core.tomltext import read_toml
from scanner.tickets.fields import Assign, Config, Route

_SEVERITIES = tuple(severity.word for severity in Severity)

_TOP: Mapping[str, type] = {"url": str, "project": str, "type": str, "labels": list, "assignee": str}
_TABLES: Mapping[str, Mapping[str, type]] = {
    "credentials": {"user": str, "secret_env": str, "secret_file": str},
    "limits": {
        "timeout_s": float,
        "in_flight": int,
        "max_new": int,
        "trust_env": bool,
        "allow_plain_http": bool,
        "ca_file": str,
    },
    "priority": dict.fromkeys(_SEVERITIES, str),
    "due_days": dict.fromkeys(_SEVERITIES, int),
}
_ARRAYS: Mapping[str, Mapping[str, type]] = {
    "assign": {"target": str, "assignee": str},
    "route": {"owner": str, "project": str, "type": str, "labels": list, "assignee": str},
}
_MOST_DAYS = 36_500
_WORD_OF: Mapping[type, str] = {
    str: "text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list of texts",
}


def read_config(file: Path, tracker: str, options: Mapping[str, type]) -> Config:
    """Return a configuration; `options` are the keys and types of the tracker's own table.

    Raises UsageError with file and line for anything that is unknown, missing or of the wrong type.
    """
    tree, text = read_toml(file)
    return _Reader(file, text, tree, tracker, options).config()


class _Reader:
    """One file being read; every failure knows its table and key."""

    def __init__(self, file: Path, text: str, tree: dict[str, Any], tracker: str, options: Mapping[str, type]) -> None:
        self._file = file
        self._text = text
        self._tree = tree
        self._tables = {**_TABLES, tracker: options}
        self._tracker = tracker

    def config(self) -> Config:
        top = {key: value for key, value in self._tree.items() if key not in self._tables and key not in _ARRAYS}
        self._check("", top, _TOP)
        for needed in ("url", "project"):
            if not top.get(needed):
                self._fail(f"'{needed}' is missing or empty", "", needed)
        credentials = self._table("credentials")
        if credentials.get("secret_env") and credentials.get("secret_file"):
            self._fail("say either secret_env or secret_file, not both", "credentials", "secret_file")
        limits = self._table("limits")
        return Config(
            file=self._file,
            text=self._text,
            url=top["url"].rstrip("/"),
            project=top["project"],
            type=top.get("type", ""),
            labels=tuple(top.get("labels", ())),
            assignee=top.get("assignee", ""),
            priority={Severity[word.upper()]: value for word, value in self._table("priority").items()},
            due_days={
                Severity[word.upper()]: self._days(word, value) for word, value in self._table("due_days").items()
            },
            assigns=tuple(self._assign(table, at) for at, table in enumerate(self._array("assign"))),
            routes=tuple(self._route(table, at) for at, table in enumerate(self._array("route"))),
            user=credentials.get("user", ""),
            secret_env=credentials.get("secret_env", ""),
            secret_file=credentials.get("secret_file", ""),
            timeout_s=float(limits.get("timeout_s", 30.0)),
            in_flight=limits.get("in_flight", 0),
            most_new=limits.get("max_new", 100),
            trust_env=limits.get("trust_env", False),
            allow_plain_http=limits.get("allow_plain_http", False),
            ca_file=limits.get("ca_file", ""),
            options=self._table(self._tracker),
        )

    def _table(self, name: str) -> dict[str, Any]:
        table = self._tree.get(name, {})
        if not isinstance(table, dict):
            self._fail(f"'{name}' must be a table: [{name}]", "", name)
        self._check(name, table, self._tables[name])
        return dict(table)

    def _array(self, name: str) -> list[dict[str, Any]]:
        tables = self._tree.get(name, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self._fail(f"'{name}' must be a list of tables: [[{name}]]", "", name)
        for at, table in enumerate(tables):
            self._check(name, table, _ARRAYS[name], at)
        return tables

    def _check(self, table: str, values: Mapping[str, Any], known: Mapping[str, type], at: int = 0) -> None:
        for key, value in values.items():
            if key not in known:
                choices = (*known, *self._tables, *_ARRAYS) if not table else tuple(known)
                self._fail(f"unknown field '{key}'; known are {', '.join(choices)}", table, key, at)
            if not _is(value, known[key]):
                self._fail(f"'{key}' must be {_WORD_OF[known[key]]}", table, key, at)

    def _days(self, word: str, days: int) -> int:
        if days > _MOST_DAYS:
            self._fail(f"'{word}' must be at most {_MOST_DAYS:,} days", "due_days", word)
        return days

    def _assign(self, table: Mapping[str, Any], at: int) -> Assign:
        for needed in ("target", "assignee"):
            if not table.get(needed):
                self._fail(f"'{needed}' is missing or empty", "assign", needed, at)
        try:
            numbers = _numbers(table["target"])
        except ValueError as error:
            self._fail(f"'{table['target']}': {error}", "assign", "target", at)
        return Assign(target=table["target"], numbers=numbers, assignee=table["assignee"])

    def _route(self, table: Mapping[str, Any], at: int) -> Route:
        if not table.get("owner"):
            self._fail("'owner' is missing or empty", "route", "owner", at)
        return Route(**{**table, "labels": tuple(table.get("labels", ()))})

    def _fail(self, message: str, table: str, key: str, at: int = 0) -> NoReturn:
        raise UsageError(message, file=self._file, line=line_of(self._text, table, key, at))


def _is(value: Any, kind: type) -> bool:
    if kind is list:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    if kind in {int, float}:
        return isinstance(value, int if kind is int else (int, float)) and value >= 0
    return isinstance(value, kind)


def _numbers(target: str) -> Intervals:
    """Return what an address, network or range covers, nothing for a name; raises ValueError for a bad range."""
    first, dash, last = target.partition("-")
    if dash and _address(first) and _address(last):
        span = (to_number(ipaddress.ip_address(first)), to_number(ipaddress.ip_address(last)))
        if span[0] > span[1]:
            raise ValueError("the range ends before it begins")
        return Intervals([span])
    if not _address(target.partition("/")[0]):
        return Intervals()
    network = ipaddress.ip_network(target)
    return Intervals([(to_number(network[0]), to_number(network[-1]))])


def _address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
