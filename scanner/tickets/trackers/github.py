"""GitHub Issues over its REST API, version 2022-11-28 (docs.github.com/en/rest/issues).

Tickets bear one label and carry the marker in a comment of their body. They are listed by the label, which shows a new
issue at once, and never by the search API, which lags and permits 30 requests a minute. Mutating requests go one after
the other, as GitHub asks for (docs.github.com "Best practices for using the REST API").
"""

from collections.abc import Collection, Mapping, Sequence

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
from scanner.tickets.tracker import Kind, Setup, Take, Tracker, demand_secret

BODY_CHARS = 65_536
_TITLE_CHARS = 256
_DECLINED = frozenset({"not_planned", "duplicate"})


class GitHub:
    """The issues of one or more repositories."""

    batch = 1
    in_flight = 1
    settle_s = 0.0

    def __init__(self, setup: Setup) -> None:
        self._web = setup.web
        self._projects = setup.config.projects
        for project in self._projects:
            if project.count("/") != 1:
                raise UsageError(f"project '{project}' must be owner/repository", file=setup.config.file)
        self._priorities = frozenset(setup.config.priority.values())
        self._pages = Pages(setup.web, self._projects, _listing, _held)

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
            body: dict[str, Json] = {
                **_content(ticket),
                "labels": [LABEL, *fields.labels, *([fields.priority] if fields.priority else [])],
            }
            if fields.assignee:
                body["assignees"] = [fields.assignee]
            if fields.type:
                body["type"] = fields.type
            await self._web.write("POST", f"repos/{fields.project}/issues", body)

    async def change(self, change: Change) -> None:
        """Comment unless that was done, then bring content, marker and state into place with one request."""
        issue = f"repos/{change.held.project}/issues/{change.held.id}"
        await self._comment(issue, change)
        now = as_object((await self._web.read(issue)).json())
        body: dict[str, Json] = {}
        if change.ticket is not None:
            body |= {**_content(change.ticket), "labels": self._labels(now, change.ticket.fields.priority)}
        else:
            body["body"] = swap_marker(as_text(now.get("body")) or "", change.marker)
        if change.state is not None:
            closed = change.state is TicketState.CLOSED
            body |= {"state": "closed" if closed else "open", "state_reason": "completed" if closed else "reopened"}
        await self._web.write("PATCH", issue, body)

    def _labels(self, issue: Mapping[str, Json], priority: str) -> list[Json]:
        """Return the labels that an issue has, with its priority exchanged and ours put back."""
        names = [as_text(as_object(label).get("name")) or as_text(label) for label in as_list(issue.get("labels"))]
        kept = [name for name in names if name and name not in self._priorities]
        return list(dict.fromkeys((LABEL, *kept, *([priority] if priority else []))))

    async def _comment(self, issue: str, change: Change) -> None:
        mark = f"<!-- exposure-note {change.comment.mark} -->"
        if await is_said(self._web, f"{issue}/comments", mark):
            return
        lines = "\n\n".join(map(escape.markdown_prose, change.comment.lines))
        await self._web.write("POST", f"{issue}/comments", {"body": f"{lines}\n\n{mark}"})


def _listing(project: str, size: int, order: str) -> tuple[str, dict[str, str]]:
    params = {"labels": LABEL, "state": "all", "sort": "created", "direction": order}
    return f"repos/{project}/issues", {**params, "per_page": str(size)}


def _held(project: str, issue: Mapping[str, Json]) -> Held | None:
    number = as_int(issue.get("number"))
    marker = find_marker(as_text(issue.get("body")) or "")
    if number is None or marker is None or "pull_request" in issue:
        return None
    state = TicketState.OPEN
    if issue.get("state") == "closed":
        state = TicketState.DECLINED if issue.get("state_reason") in _DECLINED else TicketState.CLOSED
    return Held(
        key=marker.key,
        id=str(number),
        name=f"{project}#{number}",
        state=state,
        marker=marker,
        project=project,
        born=number,
    )


def _content(ticket: Ticket) -> dict[str, Json]:
    body = fit(ticket.blocks, BODY_CHARS, lambda blocks: escape.markdown(blocks, ticket.marker.text), len)
    return {"title": escape.plain_title(ticket.title, _TITLE_CHARS), "body": body}


def _headers(config: Config, secret: Secret) -> Mapping[str, str]:
    return {
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "Authorization": f"Bearer {demand_secret(config, secret)}",
    }


def _open(setup: Setup) -> Tracker:
    return GitHub(setup)


KIND = Kind(name="github", about="GitHub Issues", options={}, headers=_headers, open=_open)
