"""What GitHub, GitLab and Gitea share: issues listed by a label, a marker in the body, marked comments, pages.

Issues are listed by the label, which reads the database and shows a new one at once; their searches lag and are never
used. Pages are followed along `Link: rel="next"` (RFC 8288).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import ClassVar

from scanner.core.jsontext import Json, as_int, as_list, as_object, as_text
from scanner.tickets import escape
from scanner.tickets.action import Change, Held, TicketState
from scanner.tickets.answer import Answer, TrackerError
from scanner.tickets.fields import Fields
from scanner.tickets.fit import fit
from scanner.tickets.http import Web
from scanner.tickets.marker import LABEL, Key, find_marker, swap_marker
from scanner.tickets.ticket import Comment, Ticket
from scanner.tickets.tracker import Setup, Take, demand_new

_NEWEST = 20


class Forge(ABC):
    """The issues of one or more repositories; a tracker fills in its paths and its own fields."""

    batch = 1
    in_flight = 1
    settle_s = 0.0

    page = 100
    """Longest page that the API grants."""
    page_parameter = "per_page"
    number_field = "number"
    body_field = "body"
    comments = "comments"
    """Last part of the path of an issue's comments."""
    edit_method = "PATCH"
    title_chars: ClassVar[int]
    body_chars: ClassVar[int]

    def __init__(self, setup: Setup) -> None:
        self.web = setup.web
        self.projects: Sequence[str] = setup.config.projects
        self.priorities = frozenset(setup.config.priority.values())
        self._newest: dict[str, int] = {}
        self._recent: dict[Key, Held] = {}

    @abstractmethod
    def issues(self, project: str) -> str:
        """Return the path of a project's issues."""

    @abstractmethod
    def listing(self, order: str) -> Mapping[str, str]:
        """Return the parameters that list our issues in whatever state, `asc` or `desc` by age."""

    @abstractmethod
    def state(self, issue: Mapping[str, Json]) -> TicketState:
        """Return where an issue stands."""

    @abstractmethod
    async def new_fields(self, fields: Fields) -> dict[str, Json]:
        """Return what a new issue has beside title and body."""

    @abstractmethod
    async def edited_fields(self, change: Change, now: Mapping[str, Json]) -> dict[str, Json]:
        """Return what an edit sets beside title and body: the priority where there is new content, and the state."""

    def is_ours(self, issue: Mapping[str, Json]) -> bool:
        """Tell whether what was listed may be a ticket of ours."""
        return bool(issue)

    def check_made(self, project: str, answer: Answer) -> None:
        """Raise TrackerError when what was just opened is no issue that the next run will know."""
        if as_int(as_object(answer.json()).get(self.number_field)) is None:
            raise TrackerError(f"{answer.url} did not name the issue of {project} that it opened: check the url")

    async def searchable(self) -> Sequence[str]:
        """Return the projects that may hold issues of ours."""
        return self.projects

    def content(self, ticket: Ticket) -> dict[str, Json]:
        """Return title and body of a ticket, cut to what the tracker holds."""
        body = fit(ticket.blocks, self.body_chars, lambda blocks: escape.markdown(blocks, ticket.marker.text), len)
        return {"title": escape.plain_title(ticket.title, self.title_chars), self.body_field: body}

    async def load(self, keys: frozenset[Key], take: Take) -> None:
        """See Tracker."""

        def keep(page: list[Held]) -> bool:
            for held in page:
                if held.key in keys or held.state is TicketState.OPEN:
                    take(held)
            return False

        for project in await self.searchable():
            self._newest[project] = 0
            await self._go_through(project, self.page, "asc", keep)

    async def find(self, keys: Collection[Key]) -> list[Held]:
        """Return tickets with these keys, reading only what is newer than what was read before."""
        for project in await self.searchable():
            known = self._newest.get(project, 0)

            def keep(page: list[Held], known: int = known) -> bool:
                self._recent.update((held.key, held) for held in page)
                return any(held.born <= known for held in page)

            await self._go_through(project, _NEWEST, "desc", keep)
        return [self._recent[key] for key in keys if key in self._recent]

    async def create(self, tickets: Sequence[Ticket]) -> None:
        """See Tracker."""
        for ticket in tickets:
            project = ticket.fields.project
            body = {**self.content(ticket), **await self.new_fields(ticket.fields)}
            self.check_made(project, await self.web.write("POST", self.issues(project), body))

    async def change(self, change: Change) -> None:
        """Comment unless that was done, then bring content, marker and state into place; the state comes last."""
        issue = f"{self.issues(change.held.project)}/{change.held.id}"
        await self._comment(issue, change.comment)
        now = as_object((await self.web.read(issue)).json())
        body: dict[str, Json] = {}
        if change.ticket is not None:
            body |= self.content(change.ticket)
        else:
            body[self.body_field] = swap_marker(as_text(now.get(self.body_field)) or "", change.marker)
        body |= await self.edited_fields(change, now)
        await self.web.write(self.edit_method, issue, body)

    async def _comment(self, issue: str, comment: Comment) -> None:
        mark = f"<!-- exposure-note {comment.mark} -->"

        def has_it(page: Json) -> bool:
            return any(mark in (as_text(as_object(one).get("body")) or "") for one in as_list(page))

        path = f"{issue}/{self.comments}"
        if await go_through(self.web, path, {self.page_parameter: str(self.page)}, has_it):
            return
        lines = "\n\n".join(map(escape.markdown_prose, comment.lines))
        await self.web.write("POST", path, {"body": f"{lines}\n\n{mark}"})

    async def _go_through(self, project: str, size: int, order: str, enough: Callable[[list[Held]], bool]) -> None:
        def stop(issues: Json) -> bool:
            page = [held for issue in as_list(issues) if (held := self.held(project, as_object(issue)))]
            self._newest[project] = max((self._newest.get(project, 0), *(held.born for held in page)))
            return enough(page)

        params = {**self.listing(order), self.page_parameter: str(size)}
        await go_through(self.web, self.issues(project), params, stop)

    def held(self, project: str, issue: Mapping[str, Json]) -> Held | None:
        """Return the ticket that an issue is, None for somebody else's issue."""
        number = as_int(issue.get(self.number_field))
        marker = find_marker(as_text(issue.get(self.body_field)) or "")
        if number is None or marker is None or not self.is_ours(issue):
            return None
        return Held(
            key=marker.key,
            id=str(number),
            name=f"{project}#{number}",
            state=self.state(issue),
            marker=marker,
            project=project,
            born=number,
        )


def new_labels(fields: Fields) -> tuple[str, ...]:
    """Return the labels of a new ticket: ours, the configured ones, the priority."""
    return tuple(dict.fromkeys((LABEL, *fields.labels, *([fields.priority] if fields.priority else []))))


def label_names(issue: Mapping[str, Json]) -> tuple[str, ...]:
    """Return the names of an issue's labels, given as objects with a name or as names."""
    names = (as_text(as_object(label).get("name")) or as_text(label) for label in as_list(issue.get("labels")))
    return tuple(name for name in names if name)


def changed_labels(issue: Mapping[str, Json], priority: str, priorities: Collection[str]) -> tuple[str, ...]:
    """Return the labels that an issue has, with its priority exchanged and ours put back."""
    kept = (name for name in label_names(issue) if name not in priorities)
    return tuple(dict.fromkeys((LABEL, *kept, *([priority] if priority else []))))


async def go_through(web: Web, path: str, params: Mapping[str, str], stop: Callable[[Json], bool]) -> bool:
    """Hand over page after page until one is enough; returns whether one was."""
    answer = await web.read(path, params)
    seen: set[str] = set()
    while not stop(answer.json()):
        link = answer.next_link()
        if link is None:
            return False
        demand_new(link, seen)
        answer = await web.read(link)
    return True
