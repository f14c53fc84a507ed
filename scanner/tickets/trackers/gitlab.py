"""GitLab Issues over its REST API, version 4 (docs.gitlab.com/api/issues).

Tickets bear one label and carry the marker in a comment of their description. They are listed by the label, which reads
the database and shows a new issue at once; the search, which may lag, is never used.
"""

from collections.abc import Collection, Mapping, Sequence
from urllib.parse import quote

from scanner.core.errors import UsageError
from scanner.core.jsontext import Json, as_int, as_list, as_object, as_text
from scanner.tickets import escape
from scanner.tickets.action import Change, Held, TicketState
from scanner.tickets.fields import Config
from scanner.tickets.fit import fit
from scanner.tickets.marker import LABEL, Key, find_marker, swap_marker
from scanner.tickets.pages import Pages, is_said
from scanner.tickets.secret import Secret
from scanner.tickets.ticket import Ticket
from scanner.tickets.tracker import Kind, Setup, Take, Tracker, demand_secret, texts

BODY_CHARS = 1_048_576
_TITLE_CHARS = 255


class GitLab:
    """The issues of one or more projects."""

    batch = 1
    in_flight = 2
    settle_s = 0.0

    def __init__(self, setup: Setup) -> None:
        config = setup.config
        self._web = setup.web
        self._projects = config.projects
        self._priorities = frozenset(config.priority.values())
        self._confidential = bool(config.options.get("confidential", True))
        self._declined = frozenset(texts(config, "declined_labels"))
        self._pages = Pages(setup.web, self._projects, _listing, self._held)
        self._people: dict[str, int] = {}

    async def load(self, keys: frozenset[Key], take: Take) -> None:
        """See Tracker."""
        await self._pages.load(keys, take)

    async def find(self, keys: Collection[Key]) -> list[Held]:
        """See Tracker."""
        return await self._pages.find(keys)

    async def create(self, tickets: Sequence[Ticket]) -> None:
        """See Tracker."""
        for ticket in tickets:
            fields = ticket.fields
            labels = (LABEL, *fields.labels, *([fields.priority] if fields.priority else []))
            body: dict[str, Json] = {
                **_content(ticket),
                "labels": ",".join(dict.fromkeys(labels)),
                "confidential": self._confidential,
            }
            if fields.assignee:
                body["assignee_ids"] = [await self._person(fields.assignee)]
            if fields.due:
                body["due_date"] = fields.due
            if fields.type:
                body["issue_type"] = fields.type
            await self._web.write("POST", _issues(fields.project), body)

    async def change(self, change: Change) -> None:
        """Comment unless that was done, then bring content, marker and state into place with one request."""
        issue = f"{_issues(change.held.project)}/{change.held.id}"
        await self._comment(issue, change)
        body: dict[str, Json] = {}
        if change.ticket is not None:
            priority = change.ticket.fields.priority
            body |= _content(change.ticket)
            body["add_labels"] = ",".join((LABEL, *([priority] if priority else [])))
            if self._priorities - {priority}:
                body["remove_labels"] = ",".join(sorted(self._priorities - {priority}))
        else:
            now = as_object((await self._web.read(issue)).json())
            body["description"] = swap_marker(as_text(now.get("description")) or "", change.marker)
        if change.state is not None:
            body["state_event"] = "close" if change.state is TicketState.CLOSED else "reopen"
        await self._web.write("PUT", issue, body)

    async def _comment(self, issue: str, change: Change) -> None:
        mark = f"<!-- exposure-note {change.comment.mark} -->"
        if await is_said(self._web, f"{issue}/notes", mark):
            return
        lines = "\n\n".join(map(escape.markdown_prose, change.comment.lines))
        await self._web.write("POST", f"{issue}/notes", {"body": f"{lines}\n\n{mark}"})

    async def _person(self, name: str) -> int:
        if name not in self._people:
            people = as_list((await self._web.read("api/v4/users", {"username": name})).json())
            number = next((as_int(as_object(one).get("id")) for one in people), None)
            if number is None:
                raise UsageError(f"GitLab knows no user '{name}': correct the assignee in the configuration")
            self._people[name] = number
        return self._people[name]

    def _held(self, project: str, issue: Mapping[str, Json]) -> Held | None:
        number = as_int(issue.get("iid"))
        marker = find_marker(as_text(issue.get("description")) or "")
        if number is None or marker is None:
            return None
        state = TicketState.OPEN
        if issue.get("state") == "closed":
            declined = self._declined.intersection(filter(None, map(as_text, as_list(issue.get("labels")))))
            state = TicketState.DECLINED if declined else TicketState.CLOSED
        return Held(
            key=marker.key,
            id=str(number),
            name=f"{project}#{number}",
            state=state,
            marker=marker,
            project=project,
            born=number,
        )


def _issues(project: str) -> str:
    return f"api/v4/projects/{quote(project, safe='')}/issues"


def _listing(project: str, size: int, order: str) -> tuple[str, dict[str, str]]:
    params = {"labels": LABEL, "state": "all", "scope": "all", "order_by": "created_at", "sort": order}
    return _issues(project), {**params, "per_page": str(size)}


def _content(ticket: Ticket) -> dict[str, Json]:
    body = fit(ticket.blocks, BODY_CHARS, lambda blocks: escape.markdown(blocks, ticket.marker.text), len)
    return {"title": escape.plain_title(ticket.title, _TITLE_CHARS), "description": body}


def _headers(config: Config, secret: Secret) -> Mapping[str, str]:
    return {"Accept": "application/json", "PRIVATE-TOKEN": demand_secret(config, secret)}


def _open(setup: Setup) -> Tracker:
    return GitLab(setup)


KIND = Kind(
    name="gitlab",
    about="GitLab Issues",
    options={"confidential": bool, "declined_labels": list},
    headers=_headers,
    open=_open,
)
