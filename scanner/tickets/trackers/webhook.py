"""Any other system: one signed POST for each ticket that is to be opened or changed.

A receiver can't be asked what it holds, so what it accepted is kept in a file of JSON lines, `state_file`. An event is
delivered at least once: one that was sent just before a kill is sent again with the same `X-Exposure-Event`, which a
receiver must know again. `X-Exposure-Signature` is `sha256=` and the HMAC-SHA-256 (RFC 2104), in hexadecimal digits, of
the timestamp in `X-Exposure-Timestamp`, a full stop and the body.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Literal, TextIO

from scanner.core.errors import Malformed, SetupError, UsageError
from scanner.core.finding import Finding
from scanner.core.jsontext import Json, as_object, as_text, parse_json
from scanner.core.text import clean
from scanner.tickets import escape
from scanner.tickets.action import Change, Held, TicketState
from scanner.tickets.fields import Config
from scanner.tickets.marker import Key, Marker, find_marker
from scanner.tickets.secret import Secret
from scanner.tickets.signature import signed_headers
from scanner.tickets.ticket import Ticket
from scanner.tickets.tracker import Kind, Setup, Take, demand_secret, text

SCHEMA = "exposure-scanner/ticket-event/v1"


class Webhook:
    """One receiver, and the file of what it accepted."""

    batch = 1
    in_flight = 1
    settle_s = 0.0

    def __init__(self, setup: Setup) -> None:
        name = text(setup.config, "state_file")
        if not name:
            setup.config.fail("'state_file' is missing: what was sent must be remembered somewhere", "webhook", "")
        self._web = setup.web
        self._clock = setup.clock
        self._secret = demand_secret(setup.config, setup.secret).encode()
        self._path = setup.config.file.parent / name
        self._held: dict[Key, Held] | None = None
        self._torn = False

    async def load(self, keys: frozenset[Key], take: Take) -> None:
        """See Tracker."""
        for held in self._known().values():
            if held.key in keys or held.state is TicketState.OPEN:
                take(held)

    async def find(self, keys: Collection[Key]) -> list[Held]:
        """See Tracker."""
        known = self._known()
        return [known[key] for key in keys if key in known]

    async def create(self, tickets: Sequence[Ticket]) -> None:
        """See Tracker."""
        for ticket in tickets:
            event = {"event": "create", "state": "open", "comment": [], **_content(ticket)}
            await self._send(ticket.marker, f"{ticket.marker.key}|create", event, TicketState.OPEN)

    async def change(self, change: Change) -> None:
        """See Tracker."""
        state = change.state or change.held.state
        event: dict[str, Json] = {
            "event": "change",
            "state": state.value,
            "comment": [escape.tidy(line) for line in change.comment.lines],
            **(_content(change.ticket) if change.ticket else {}),
        }
        await self._send(change.marker, f"{change.marker.key}|{change.comment.mark}", event, state)

    async def _send(self, marker: Marker, identity: str, event: Mapping[str, Json], state: TicketState) -> None:
        body = {"schema": SCHEMA, "key": marker.key, "marker": marker.text, **event}
        data = json.dumps(body, separators=(",", ":")).encode()
        event_id = hashlib.sha256(identity.encode()).hexdigest()[:32]
        headers = signed_headers(self._secret, data, event_id, self._clock.utc())
        await self._web.write("POST", "", data=data, headers=headers)
        self._remember(marker, state)

    def _known(self) -> dict[Key, Held]:
        if self._held is None:
            self._held = {}
            if self._path.exists():
                with _opened(self._path, "r") as file:
                    for number, line in enumerate(file, start=1):
                        if not line.endswith("\n"):
                            # The machine stopped while this was written: it was not accepted, as far as we know.
                            self._torn = True
                            break
                        held = _parse(line, self._path, number)
                        self._held[held.key] = held
        return self._held

    def _remember(self, marker: Marker, state: TicketState) -> None:
        line = json.dumps({"state": state.value, "marker": marker.text, "at": self._clock.utc()})
        with _opened(self._path, "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if self._torn:
                file.truncate(self._path.read_bytes().rfind(b"\n") + 1)
                self._torn = False
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
        held = _parse(line, self._path, 0)
        self._known()[held.key] = held


def _opened(path: Path, mode: Literal["r", "a"]) -> TextIO:
    try:
        return path.open(mode, encoding="utf-8")
    except OSError as error:
        raise SetupError(f"the state file {path} can't be used: {error.strerror}") from error


def _parse(line: str, path: Path, number: int) -> Held:
    try:
        entry = as_object(parse_json(line))
        marker = find_marker(as_text(entry.get("marker")) or "")
        state = TicketState(as_text(entry.get("state")) or "")
    except (Malformed, ValueError):
        raise UsageError("not a line of ours: restore the file", file=path, line=number) from None
    if marker is None:
        raise UsageError("not a line of ours: restore the file", file=path, line=number)
    return Held(key=marker.key, id=marker.key, name=marker.key, state=state, marker=marker)


def _content(ticket: Ticket) -> dict[str, Json]:
    fields = ticket.fields
    return {
        "title": escape.tidy(ticket.title),
        "text": escape.plain(ticket.blocks),
        "severity": ticket.severity.word,
        "project": fields.project,
        "type": fields.type,
        "labels": list(fields.labels),
        "priority": fields.priority,
        "assignee": fields.assignee,
        "due": fields.due,
        "note": fields.note,
        "findings": [_finding(finding) for finding in ticket.findings],
    }


def _finding(finding: Finding) -> Json:
    return {
        "fingerprint": finding.fingerprint,
        "rule": finding.rule,
        "severity": finding.severity.word,
        "url": clean(finding.url),
        "address": str(finding.endpoint.address),
        "port": finding.endpoint.port,
        "transport": finding.endpoint.transport.value,
        "name": clean(finding.endpoint.name or ""),
        "owner": clean(finding.owner or ""),
        "cwe": list(finding.cwe),
        "owasp": {str(edition): list(finding.owasp.of(edition)) for edition in (2017, 2021, 2025)},
    }


def _headers(config: Config, secret: Secret) -> Mapping[str, str]:
    demand_secret(config, secret)
    return {"Accept": "application/json"}


KIND = Kind(
    name="webhook",
    about="any other system: signed POST requests",
    options={"state_file": str},
    headers=_headers,
    open=Webhook,
)
