"""Reads issues page by page along `Link: rel="next"` (RFC 8288), for the trackers that list them by a label."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from scanner.core.jsontext import Json, as_list, as_object, as_text
from scanner.tickets.action import Held, TicketState
from scanner.tickets.http import Web
from scanner.tickets.marker import Key
from scanner.tickets.tracker import Take

PAGE = 100
_NEWEST = 20

Listing: TypeAlias = Callable[[str, int, str], tuple[str, Mapping[str, str]]]
"""Given a project, a page size and `asc` or `desc` by age: the path of its issues and the parameters."""
Read: TypeAlias = Callable[[str, Mapping[str, Json]], Held | None]
"""Given a project and an issue of it: the ticket that it holds, None for somebody else's issue."""


class Pages:
    """The issues of several projects, all of them or those that are new since the last look."""

    def __init__(self, web: Web, projects: Sequence[str], listing: Listing, read: Read) -> None:
        self._web = web
        self._projects = projects
        self._listing = listing
        self._read = read
        self._newest: dict[str, int] = {}
        self._recent: dict[Key, Held] = {}

    async def load(self, keys: frozenset[Key], take: Take) -> None:
        """See Tracker."""

        def keep(page: list[Held]) -> bool:
            for held in page:
                if held.key in keys or held.state is TicketState.OPEN:
                    take(held)
            return False

        for project in self._projects:
            self._newest[project] = 0
            await self._go_through(project, PAGE, "asc", keep)

    async def find(self, keys: Collection[Key]) -> list[Held]:
        """Return tickets with these keys, reading only what is newer than what was read before."""
        for project in self._projects:
            known = self._newest.get(project, 0)

            def keep(page: list[Held], known: int = known) -> bool:
                self._recent.update((held.key, held) for held in page)
                return any(held.born <= known for held in page)

            await self._go_through(project, _NEWEST, "desc", keep)
        return [self._recent[key] for key in keys if key in self._recent]

    async def _go_through(self, project: str, size: int, order: str, enough: Callable[[list[Held]], bool]) -> None:
        def stop(issues: Json) -> bool:
            page = [held for issue in as_list(issues) if (held := self._read(project, as_object(issue)))]
            self._newest[project] = max((self._newest.get(project, 0), *(held.born for held in page)))
            return enough(page)

        await go_through(self._web, *self._listing(project, size, order), stop)


async def is_said(web: Web, comments: str, mark: str) -> bool:
    """Tell whether one of the comments of an issue bears a mark."""

    def bears(page: Json) -> bool:
        return any(mark in (as_text(as_object(one).get("body")) or "") for one in as_list(page))

    return await go_through(web, comments, {"per_page": str(PAGE)}, bears)


async def go_through(web: Web, path: str, params: Mapping[str, str], stop: Callable[[Json], bool]) -> bool:
    """Hand over page after page until one is enough; returns whether one was."""
    answer = await web.read(path, params)
    while not stop(answer.json()):
        link = answer.next_link()
        if link is None:
            return False
        answer = await web.read(link)
    return True
