"""Roundup over its REST API (roundup-tracker.org/docs/rest.html), with the classic schema as it comes.

A ticket is an issue with the keyword of ours. Its messages are its history, so what the scanner says is a message each
time, and the marker stands in the property that exists to recognise a message: `messageid`. It is searchable exactly, a
message can be made before its issue, and what a kill leaves behind is found and used by the next run.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlsplit

from scanner.core.errors import UsageError
from scanner.core.jsontext import Json, as_list, as_object, as_text
from scanner.core.number import parse_number
from scanner.tickets import escape
from scanner.tickets.action import Change, Held, TicketState
from scanner.tickets.answer import Rejected, TrackerError
from scanner.tickets.fields import Config
from scanner.tickets.marker import LABEL, Key, Marker, find_marker
from scanner.tickets.secret import Secret
from scanner.tickets.ticket import Prose, Ticket
from scanner.tickets.tracker import Kind, Setup, Take, basic_credentials, text, texts

# Large, because Roundup works out all that is left for each page.
_PAGE = 5_000
_TITLE_CHARS = 200
_EDIT_TRIES = 5
_PRECONDITION_FAILED = 412
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class _Message:
    id: str
    marker: Marker


class Roundup:
    """The issues of one tracker."""

    batch = 1
    in_flight = 2
    settle_s = 0.0

    def __init__(self, setup: Setup) -> None:
        config = setup.config
        self._web = setup.web
        self._user = config.user
        self._closed = frozenset(texts(config, "closed_status", ("resolved", "done-cbb")))
        self._declined = frozenset(texts(config, "declined_status"))
        self._open_status = text(config, "open_status", "unread")
        self._close_status = text(config, "close_status", "resolved")
        if self._close_status not in self._closed:
            config.fail("'close_status' must be among 'closed_status'", "roundup", "close_status")
        if set(config.projects) != {config.project}:
            raise UsageError("Roundup has no projects: route by assignee or keyword instead", file=config.file)
        self._statuses: dict[str, str] = {}
        self._keywords: set[str] = set()
        self._loose: dict[Key, _Message] = {}

    async def load(self, keys: frozenset[Key], take: Take) -> None:
        """See Tracker."""
        if not await self._keyword_exists(LABEL):
            return
        await self._read_statuses()
        messages = await self._messages("exposure-v1;")
        fields = {"keyword": LABEL, "@fields": "title,status,messages", "@verbose": "0"}

        def offer(issue: Mapping[str, Json]) -> None:
            held = self._held(issue, messages)
            if held is not None and (held.key in keys or held.state is TicketState.OPEN):
                take(held)

        await self._pages("issue", fields, offer)

    async def find(self, keys: Collection[Key]) -> list[Held]:
        """Return tickets with these keys; a message of ours that has no issue yet is kept for `create`."""
        await self._read_statuses()
        found: list[Held] = []
        for key in keys:
            messages = await self._messages(f"exposure-v1;{key};")
            if not messages:
                continue
            issues: list[Mapping[str, Json]] = []
            fields = {"messages": ",".join(messages), "@fields": "title,status,messages", "@verbose": "0"}
            await self._pages("issue", fields, issues.append)
            held = [one for issue in issues if (one := self._held(issue, messages))]
            found += held
            if not held:
                newest = max(messages, key=int)
                self._loose[key] = _Message(newest, messages[newest])
        return found

    async def create(self, tickets: Sequence[Ticket]) -> None:
        """Make the first message, or take the one that a broken attempt left, then the issue that holds it."""
        for ticket in tickets:
            fields = ticket.fields
            await self._demand_keywords((LABEL, *fields.labels))
            issue: dict[str, Json] = {
                "title": escape.tidy(ticket.title, _TITLE_CHARS),
                "messages": [await self._first_message(ticket)],
                "keyword": [LABEL, *fields.labels],
                "status": self._open_status,
            }
            if fields.priority:
                issue["priority"] = fields.priority
            if fields.assignee:
                issue["assignedto"] = fields.assignee
            await self._web.write("POST", "rest/data/issue", issue)

    async def change(self, change: Change) -> None:
        """Make the message unless it is there, then link it and set what else changes with one request."""
        path = f"rest/data/issue/{change.held.id}"
        message = await self._noted(change) or await self._post_message(_words(change), change.marker)
        for attempt in range(_EDIT_TRIES):
            answer = await self._web.read(path, {"@fields": "messages", "@verbose": "0"})
            data = as_object(as_object(answer.json()).get("data"))
            now = [as_text(one) for one in as_list(as_object(data.get("attributes")).get("messages"))]
            edit: dict[str, Json] = {"messages": list(dict.fromkeys((*now, message)))}
            if change.ticket is not None:
                edit["title"] = escape.tidy(change.ticket.title, _TITLE_CHARS)
                if change.ticket.fields.priority:
                    edit["priority"] = change.ticket.fields.priority
            if change.state is not None:
                edit["status"] = self._close_status if change.state is TicketState.CLOSED else self._open_status
            try:
                await self._web.write("PUT", path, edit, headers={"If-Match": answer.headers.get("etag", "")})
            except Rejected as error:
                if error.status != _PRECONDITION_FAILED or attempt == _EDIT_TRIES - 1:
                    raise
            else:
                return

    async def _first_message(self, ticket: Ticket) -> str:
        loose = self._loose.pop(ticket.marker.key, None)
        if loose is not None and loose.marker == ticket.marker:
            return loose.id
        return await self._post_message(escape.plain(ticket.blocks), ticket.marker)

    async def _noted(self, change: Change) -> str | None:
        messages = await self._messages(f"exposure-v1;{change.marker.key};{change.marker.note}")
        return next(iter(messages), None)

    async def _post_message(self, content: str, marker: Marker) -> str:
        message: dict[str, Json] = {
            "content": content,
            "messageid": f"<{marker.text}@exposure-scanner>",
            "author": self._user,
            "date": ".",
            "type": "text/plain",
        }
        answer = await self._web.write("POST", "rest/data/msg", message)
        made = as_text(as_object(as_object(answer.json()).get("data")).get("id"))
        if made is None:
            raise TrackerError(f"{answer.url} did not name the message that it made: check the url")
        return made

    async def _messages(self, part: str) -> dict[str, Marker]:
        """Return the markers of messages whose messageid holds a text, by message id."""
        found: dict[str, Marker] = {}

        def take(message: Mapping[str, Json]) -> None:
            marker = find_marker(as_text(message.get("messageid")) or "")
            number = as_text(message.get("id"))
            if marker is not None and number and parse_number(number) is not None:
                found[number] = marker

        await self._pages("msg", {"messageid": part, "@fields": "messageid", "@verbose": "0"}, take)
        return found

    def _held(self, issue: Mapping[str, Json], messages: Mapping[str, Marker]) -> Held | None:
        number = as_text(issue.get("id")) or ""
        ours = [one for one in as_list(issue.get("messages")) if isinstance(one, str) and one in messages]
        if not ours:
            return None
        marker = messages[max(ours, key=int)]
        status = self._statuses.get(as_text(issue.get("status")) or "", "")
        state = TicketState.CLOSED if status in self._closed else TicketState.OPEN
        if status in self._declined:
            state = TicketState.DECLINED
        return Held(
            key=marker.key, id=number, name=f"issue{number}", state=state, marker=marker, born=parse_number(number) or 0
        )

    async def _pages(self, kind: str, fields: Mapping[str, str], take: Callable[[Mapping[str, Json]], None]) -> None:
        for index in count(1):
            page = {**fields, "@sort": "id", "@page_size": str(_PAGE), "@page_index": str(index)}
            data = as_object(as_object((await self._web.read(f"rest/data/{kind}", page)).json()).get("data"))
            items = as_list(data.get("collection"))
            for item in items:
                take(as_object(item))
            if not items or "next" not in as_object(data.get("@links")):
                return

    async def _read_statuses(self) -> None:
        if self._statuses:
            return

        def take(status: Mapping[str, Json]) -> None:
            self._statuses[as_text(status.get("id")) or ""] = as_text(status.get("name")) or ""

        await self._pages("status", {"@fields": "name"}, take)
        missing = {self._open_status, *self._closed, *self._declined} - set(self._statuses.values())
        if missing:
            raise UsageError(f"the tracker has no status {', '.join(sorted(missing))}: correct the table [roundup]")

    async def _keyword_exists(self, name: str) -> bool:
        answer = await self._web.read("rest/data/keyword", {"name:": name})
        return bool(as_list(as_object(as_object(answer.json()).get("data")).get("collection")))

    async def _demand_keywords(self, names: Collection[str]) -> None:
        for name in names:
            if name not in self._keywords and not await self._keyword_exists(name):
                try:
                    await self._web.write("POST", "rest/data/keyword", {"name": name})
                except Rejected as error:
                    # Somebody else made it just now.
                    if error.status != _CONFLICT:
                        raise
            self._keywords.add(name)


def _words(change: Change) -> str:
    lines = escape.plain([Prose(line) for line in change.comment.lines])
    return f"{lines}\n\n{escape.plain(change.ticket.blocks)}" if change.ticket else lines


def _headers(config: Config, secret: Secret) -> Mapping[str, str]:
    split = urlsplit(config.url)
    return {
        "Authorization": basic_credentials(config, secret, "Roundup wants a login name"),
        "Accept": "application/json",
        # Roundup's guards against forged requests want both.
        "X-Requested-With": "rest",
        "Origin": f"{split.scheme}://{split.netloc}",
    }


KIND = Kind(
    name="roundup",
    about="Roundup, over its REST API",
    options={
        "open_status": str,
        "close_status": str,
        "closed_status": list,
        "declined_status": list,
    },
    headers=_headers,
    open=Roundup,
)
