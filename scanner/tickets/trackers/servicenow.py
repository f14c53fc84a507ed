"""ServiceNow over its Table API (servicenow.com/docs "Table API"): a record is a ticket, by default an incident.

The key is the record's `correlation_id`, the field that ServiceNow has for a foreign system's identifier, and the
marker stands at the end of its description. A part of a query that the instance does not understand is ignored by it,
so what comes back is checked here. A change and its work note go in one request, and the marker tells whether it was
done.
"""

import re
from collections.abc import Collection, Mapping, Sequence

from scanner.core.errors import UsageError
from scanner.core.jsontext import Json, as_list, as_object, as_text
from scanner.core.number import parse_number
from scanner.tickets import escape
from scanner.tickets.action import Change, Held, TicketState
from scanner.tickets.fields import Config
from scanner.tickets.fit import fit
from scanner.tickets.marker import KEY, Key, find_marker, swap_marker
from scanner.tickets.secret import Secret
from scanner.tickets.ticket import Block, Prose, Ticket
from scanner.tickets.tracker import Kind, Setup, Take, basic_credentials, choice, demand_new, demand_secret, text, texts

SHORT_DESCRIPTION_CHARS = 160
_PAGE = 500
_KEYS_AT_ONCE = 50
_FIELDS = "sys_id,number,state,correlation_id,description,assignment_group,sys_created_on"
_SYS_ID = re.compile(r"[0-9a-f]{32}")


class ServiceNow:
    """The records of one table."""

    batch = 1
    in_flight = 4
    settle_s = 0.0

    def __init__(self, setup: Setup) -> None:
        config = setup.config
        for project in config.projects:
            if not _SYS_ID.fullmatch(project):
                raise UsageError(f"project '{project}' must be the sys_id of an assignment group", file=config.file)
        self._web = setup.web
        self._table = f"api/now/table/{text(config, 'table', 'incident')}"
        self._category = config.type
        self._closed = frozenset(texts(config, "closed_states", ("6", "7", "8")))
        self._declined = frozenset(texts(config, "declined_states", ("8",)))
        self._open_state = text(config, "open_state", "1")
        self._close_state = text(config, "close_state", "6")
        self._close_code = text(config, "close_code", "Solution provided")
        chars = config.options.get("description_chars", 4_000)
        self._chars = chars if isinstance(chars, int) else 4_000

    async def load(self, keys: frozenset[Key], take: Take) -> None:
        """See Tracker."""
        open_keys: set[Key] = set()

        def take_open(held: Held) -> None:
            open_keys.add(held.key)
            take(held)

        states = ",".join(sorted(self._closed))
        await self._search(f"correlation_idSTARTSWITHexposure-^stateNOT IN{states}", take_open)
        left = sorted(keys - open_keys)
        for start in range(0, len(left), _KEYS_AT_ONCE):
            some = ",".join(left[start : start + _KEYS_AT_ONCE])
            await self._search(f"correlation_idIN{some}^stateIN{states}", take)

    async def find(self, keys: Collection[Key]) -> list[Held]:
        """See Tracker."""
        found: list[Held] = []
        await self._search(f"correlation_idIN{','.join(keys)}", found.append)
        return [held for held in found if held.key in keys]

    async def create(self, tickets: Sequence[Ticket]) -> None:
        """See Tracker."""
        for ticket in tickets:
            fields = ticket.fields
            record: dict[str, Json] = {
                **self._content(ticket),
                "correlation_id": ticket.marker.key,
                "correlation_display": "exposure-scanner",
                "assignment_group": fields.project,
            }
            if fields.type or self._category:
                record["category"] = fields.type or self._category
            if fields.assignee:
                record["assigned_to"] = fields.assignee
            if fields.due:
                record["due_date"] = f"{fields.due} 00:00:00"
            await self._web.write("POST", self._table, record)

    async def change(self, change: Change) -> None:
        """Set content, state and work note with one request, unless the marker says that it was done."""
        path = f"{self._table}/{change.held.id}"
        answer = await self._web.read(path, {"sysparm_fields": _FIELDS, "sysparm_exclude_reference_link": "true"})
        now = as_object(as_object(answer.json()).get("result"))
        description = as_text(now.get("description")) or ""
        marker = find_marker(description)
        if marker is not None and marker.note == change.comment.mark:
            return
        blocks: list[Block] = [Prose(line) for line in change.comment.lines]
        note = escape.journal(escape.plain(blocks))
        record: dict[str, Json] = {"work_notes": note}
        if change.ticket is not None:
            record |= self._content(change.ticket)
        else:
            record["description"] = swap_marker(description, change.marker)
        if change.state is TicketState.CLOSED:
            record |= {"state": self._close_state, "close_code": self._close_code, "close_notes": note}
        elif change.state is TicketState.OPEN:
            record["state"] = self._open_state
        await self._web.write("PATCH", path, record)

    def _content(self, ticket: Ticket) -> dict[str, Json]:
        title = escape.tidy(ticket.title, SHORT_DESCRIPTION_CHARS)
        body = fit(ticket.blocks, self._chars, lambda some: escape.plain(some, ticket.marker.text), len)
        record: dict[str, Json] = {"short_description": title, "description": escape.journal(body)}
        if ticket.fields.priority:
            # The platform works out the priority from these two.
            record |= {"impact": ticket.fields.priority, "urgency": ticket.fields.priority}
        return record

    async def _search(self, query: str, take: Take) -> None:
        params = {
            "sysparm_query": f"{query}^ORDERBYsys_created_on",
            "sysparm_fields": _FIELDS,
            "sysparm_limit": str(_PAGE),
            "sysparm_offset": "0",
            "sysparm_exclude_reference_link": "true",
        }
        answer = await self._web.read(self._table, params)
        seen: set[str] = set()
        while True:
            for record in as_list(as_object(answer.json()).get("result")):
                held = self._held(as_object(record))
                if held is not None:
                    take(held)
            link = answer.next_link()
            if link is None:
                return
            demand_new(link, seen)
            answer = await self._web.read(link)

    def _held(self, record: Mapping[str, Json]) -> Held | None:
        key = as_text(record.get("correlation_id")) or ""
        number = as_text(record.get("sys_id"))
        if number is None or not KEY.fullmatch(key):
            return None
        state = str(record.get("state"))
        marker = find_marker(as_text(record.get("description")) or "")
        standing = TicketState.CLOSED if state in self._closed else TicketState.OPEN
        created = re.sub(r"\D", "", as_text(record.get("sys_created_on")) or "")
        return Held(
            key=key,
            id=number,
            name=as_text(record.get("number")) or number,
            state=TicketState.DECLINED if state in self._declined else standing,
            marker=marker if marker is not None and marker.key == key else None,
            project=as_text(record.get("assignment_group")) or "",
            born=parse_number(created) or 0,
        )


def _headers(config: Config, secret: Secret) -> Mapping[str, str]:
    if choice(config, "servicenow", "auth", "basic", ("basic", "bearer")) == "bearer":
        credentials = f"Bearer {demand_secret(config, secret)}"
    else:
        credentials = basic_credentials(config, secret, "the name that the password is of")
    return {"Accept": "application/json", "Authorization": credentials}


KIND = Kind(
    name="servicenow",
    about="ServiceNow, over its Table API",
    options={
        "table": str,
        "auth": str,
        "open_state": str,
        "close_state": str,
        "closed_states": list,
        "declined_states": list,
        "close_code": str,
        "description_chars": int,
    },
    headers=_headers,
    open=ServiceNow,
)
