"""Jira Cloud (REST API version 3) and Jira Data Center (version 2).

A ticket has two labels: one that all of ours share, and its key, which JQL finds exactly (`labels = ...`); text is
never searched. The marker stands at the end of the description. Cloud takes the Atlassian Document Format and pages
with tokens (developer.atlassian.com/cloud/jira/platform/rest/v3, "Search for issues using JQL enhanced search"); Data
Center takes wiki markup and pages with offsets (docs.atlassian.com, "JIRA Server platform REST API reference").

The search index lags behind: after a create that leaves doubt, the search is believed only when it had time to settle,
and what this process opened itself it remembers.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import count

from scanner.core.jsontext import Json, as_int, as_list, as_object, as_text, parse_json
from scanner.core.number import parse_number
from scanner.tickets import escape
from scanner.tickets.action import Change, Held, TicketState
from scanner.tickets.answer import Rejected
from scanner.tickets.fields import Config
from scanner.tickets.fit import fit
from scanner.tickets.marker import KEY, LABEL, Key, Marker, find_marker, swap_marker
from scanner.tickets.secret import Secret
from scanner.tickets.ticket import Block, Prose, Ticket
from scanner.tickets.tracker import Kind, Setup, Take, basic_credentials, choice, demand_new, demand_secret, text, texts

DESCRIPTION_CHARS = 32_767
_SUMMARY_CHARS = 255
_PAGE = 100
_KEYS_AT_ONCE = 100
_FIELDS = ("labels", "status", "resolution", "description", "project")
_DECLINED = ("Won't Do", "Won't Fix", "Duplicate", "Declined", "Cannot Reproduce")


class Jira:
    """The issues of one or more projects."""

    batch = 1
    in_flight = 4

    def __init__(self, setup: Setup) -> None:
        config = setup.config
        self._web = setup.web
        self._cloud = _is_cloud(config)
        self._api = "rest/api/3" if self._cloud else "rest/api/2"
        self._scope = f"project in ({', '.join(map(_quoted, config.projects))}) AND labels = {_quoted(LABEL)}"
        self._declined = frozenset(texts(config, "declined_resolutions", _DECLINED))
        self._type = config.type or "Task"
        self._close_status = text(config, "close_status")
        self._open_status = text(config, "open_status")
        self._resolution = text(config, "close_resolution")
        settle_s = config.options.get("settle_s", 10)
        self.settle_s = float(settle_s) if isinstance(settle_s, (int, float)) else 10.0
        self._made: dict[Key, Held] = {}

    async def load(self, keys: frozenset[Key], take: Take) -> None:
        """See Tracker."""
        open_keys: set[Key] = set()

        def take_open(held: Held) -> None:
            open_keys.add(held.key)
            take(held)

        await self._search(f"{self._scope} AND statusCategory != Done", take_open)
        for some in _chunks(sorted(keys - open_keys), _KEYS_AT_ONCE):
            labels = ", ".join(map(_quoted, some))
            await self._search(f"{self._scope} AND statusCategory = Done AND labels in ({labels})", take)

    async def find(self, keys: Collection[Key]) -> list[Held]:
        """See Tracker."""
        found: dict[Key, Held] = {}

        def found_one(held: Held) -> None:
            found.setdefault(held.key, held)

        for some in _chunks(sorted(keys), _KEYS_AT_ONCE):
            labels = ", ".join(map(_quoted, some))
            await self._search(f"{self._scope} AND labels in ({labels})", found_one)
        return [*found.values(), *(self._made[key] for key in keys if key in self._made and key not in found)]

    async def create(self, tickets: Sequence[Ticket]) -> None:
        """See Tracker."""
        for ticket in tickets:
            fields = ticket.fields
            issue: dict[str, Json] = {
                "project": {"key": fields.project},
                "issuetype": {"name": fields.type or self._type},
                "summary": escape.plain_title(ticket.title, _SUMMARY_CHARS),
                "description": self._text(ticket.blocks, ticket.marker.text),
                "labels": list(dict.fromkeys((LABEL, ticket.marker.key, *fields.labels))),
            }
            if fields.priority:
                issue["priority"] = {"name": fields.priority}
            if fields.assignee:
                issue["assignee"] = {"accountId" if self._cloud else "name": fields.assignee}
            if fields.due:
                issue["duedate"] = fields.due
            answer = await self._web.write("POST", f"{self._api}/issue", {"fields": issue})
            made = as_object(answer.json())
            self._made[ticket.marker.key] = Held(
                key=ticket.marker.key,
                id=as_text(made.get("id")) or "",
                name=as_text(made.get("key")) or "",
                state=TicketState.OPEN,
                marker=ticket.marker,
                project=fields.project,
            )

    async def change(self, change: Change) -> None:
        """Comment, edit and move, each unless it is so already; the next run plans by the state, so that comes last."""
        issue = f"{self._api}/issue/{change.held.id}"
        await self._comment(issue, change)
        now = as_object(as_object((await self._web.read(issue, {"fields": ",".join(_FIELDS)})).json()).get("fields"))
        fields: dict[str, Json] = {}
        if change.ticket is not None:
            fields["summary"] = escape.plain_title(change.ticket.title, _SUMMARY_CHARS)
            fields["description"] = self._text(change.ticket.blocks, change.marker.text)
            if change.ticket.fields.priority:
                fields["priority"] = {"name": change.ticket.fields.priority}
        else:
            fields["description"] = self._swap(now.get("description"), change.marker)
        labels: list[Json] = [{"add": LABEL}, {"add": change.marker.key}]
        await self._web.write("PUT", issue, {"fields": fields, "update": {"labels": labels}})
        if change.state is not None and change.state is not self._state(now):
            await self._move(issue, change.state)

    async def _comment(self, issue: str, change: Change) -> None:
        mark = f"exposure-note {change.comment.mark}"
        start = 0
        while True:
            page = {"startAt": str(start), "maxResults": str(_PAGE)}
            answer = as_object((await self._web.read(f"{issue}/comment", page)).json())
            comments = as_list(answer.get("comments"))
            if any(mark in json.dumps(as_object(one).get("body")) for one in comments):
                return
            start += len(comments)
            if not comments or start >= (as_int(answer.get("total")) or 0):
                break
        blocks: list[Block] = [Prose(line) for line in change.comment.lines]
        await self._web.write("POST", f"{issue}/comment", {"body": self._text(blocks, mark)})

    async def _move(self, issue: str, state: TicketState) -> None:
        answer = as_object((await self._web.read(f"{issue}/transitions")).json())
        transitions = [as_object(one) for one in as_list(answer.get("transitions"))]
        closing = state is TicketState.CLOSED
        wanted = self._close_status if closing else self._open_status
        chosen = next((one for one in transitions if _leads(one, closing=closing, wanted=wanted)), None)
        if chosen is None:
            option = "close_status" if closing else "open_status"
            names = ", ".join(f"{_target(one).get('name')}" for one in transitions) or "nowhere"
            raise Rejected(f"{issue}: no transition leads there, only to {names}: set {option} in [jira]", 409)
        body: dict[str, Json] = {"transition": {"id": chosen.get("id")}}
        if closing and self._resolution:
            body["fields"] = {"resolution": {"name": self._resolution}}
        await self._web.write("POST", f"{issue}/transitions", body)

    async def _search(self, jql: str, take: Take) -> None:
        pages = self._cloud_pages if self._cloud else self._server_pages
        await pages(f"{jql} ORDER BY created ASC", lambda issue: self._offer(issue, take))

    async def _cloud_pages(self, jql: str, offer: Callable[[Mapping[str, Json]], None]) -> None:
        body: dict[str, Json] = {"jql": jql, "maxResults": _PAGE, "fields": list(_FIELDS)}
        seen: set[str] = set()
        while True:
            answer = as_object((await self._web.query(f"{self._api}/search/jql", body)).json())
            for issue in as_list(answer.get("issues")):
                offer(as_object(issue))
            token = as_text(answer.get("nextPageToken"))
            if token is None:
                return
            demand_new(token, seen)
            body["nextPageToken"] = token

    async def _server_pages(self, jql: str, offer: Callable[[Mapping[str, Json]], None]) -> None:
        start = 0
        for _ in count():
            body: dict[str, Json] = {"jql": jql, "startAt": start, "maxResults": _PAGE, "fields": list(_FIELDS)}
            answer = as_object((await self._web.query(f"{self._api}/search", body)).json())
            issues = as_list(answer.get("issues"))
            for issue in issues:
                offer(as_object(issue))
            # An administrator may permit smaller pages than were asked for.
            start += len(issues)
            if not issues or start >= (as_int(answer.get("total")) or 0):
                return

    def _offer(self, issue: Mapping[str, Json], take: Take) -> None:
        fields = as_object(issue.get("fields"))
        labels = [as_text(label) or "" for label in as_list(fields.get("labels"))]
        marker = find_marker(json.dumps(fields.get("description")))
        keys = [label for label in labels if KEY.fullmatch(label)]
        key = marker.key if marker is not None and marker.key in keys else next(iter(keys), None)
        number = as_text(issue.get("id"))
        if key is None or number is None:
            return
        take(
            Held(
                key=key,
                id=number,
                name=as_text(issue.get("key")) or number,
                state=self._state(fields),
                marker=marker if marker is not None and marker.key == key else None,
                project=as_text(as_object(fields.get("project")).get("key")) or "",
                born=parse_number(number) or 0,
            )
        )

    def _state(self, fields: Mapping[str, Json]) -> TicketState:
        category = as_object(as_object(fields.get("status")).get("statusCategory")).get("key")
        if category != "done":
            return TicketState.OPEN
        resolution = as_text(as_object(fields.get("resolution")).get("name"))
        return TicketState.DECLINED if resolution in self._declined else TicketState.CLOSED

    def _text(self, blocks: Sequence[Block], marker: str) -> Json:
        if self._cloud:
            return fit(
                blocks, DESCRIPTION_CHARS, lambda some: escape.adf(some, marker), lambda doc: len(json.dumps(doc))
            )
        return fit(blocks, DESCRIPTION_CHARS, lambda some: escape.wiki(some, marker), len)

    def _swap(self, description: Json, marker: Marker) -> Json:
        if isinstance(description, str) or not self._cloud:
            return swap_marker(as_text(description) or "", marker)
        text_now = json.dumps(description)
        if find_marker(text_now) is None:
            kept = as_list(as_object(description).get("content"))
            added = as_list(escape.adf((), marker.text).get("content"))
            return {"type": "doc", "version": 1, "content": [*kept, *added]}
        return parse_json(swap_marker(text_now, marker))


def _leads(transition: Mapping[str, Json], *, closing: bool, wanted: str) -> bool:
    target = _target(transition)
    if wanted:
        return wanted.casefold() in {str(target.get("name")).casefold(), str(transition.get("name")).casefold()}
    return (as_object(target.get("statusCategory")).get("key") == "done") is closing


def _target(transition: Mapping[str, Json]) -> Mapping[str, Json]:
    return as_object(transition.get("to"))


def _quoted(text_now: str) -> str:
    """Return a JQL string (support.atlassian.com, "JQL: reserved characters")."""
    return json.dumps(text_now)


def _chunks(keys: Sequence[Key], size: int) -> Iterator[Sequence[Key]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))


def _is_cloud(config: Config) -> bool:
    return choice(config, "jira", "edition", "cloud", ("cloud", "datacenter")) == "cloud"


def _headers(config: Config, secret: Secret) -> Mapping[str, str]:
    if _is_cloud(config):
        credentials = basic_credentials(config, secret, "the address that the API token is of")
    else:
        credentials = f"Bearer {demand_secret(config, secret)}"
    return {"Accept": "application/json", "Authorization": credentials}


KIND = Kind(
    name="jira",
    about="Jira Cloud and Jira Data Center",
    options={
        "edition": str,
        "close_status": str,
        "open_status": str,
        "close_resolution": str,
        "declined_resolutions": list,
        "settle_s": float,
    },
    headers=_headers,
    open=Jira,
)
