"""Gitea and Forgejo issues over their REST API, version 1 (docs.gitea.com/api, `/api/swagger` of every instance).

It is GitHub's with differences that would go wrong in silence:

- Labels are numbers when an issue is opened, and are set by a request of their own afterwards; two may have one name.
- A label that does not exist is no filter at all: every issue is listed. So the labels are read first.
- Someone who may not write to the issues opens one all the same, without its labels.
- A page holds 50 entries at most, whatever was asked for (`MAX_RESPONSE_ITEMS`), newest first.
"""

from collections.abc import Mapping, Sequence

from scanner.core.errors import UsageError
from scanner.core.jsontext import Json, as_int, as_list, as_object, as_text
from scanner.tickets.action import Change, TicketState
from scanner.tickets.answer import Answer, Denied, TrackerError
from scanner.tickets.fields import Config, Fields
from scanner.tickets.forge import Forge, changed_labels, label_names, new_labels
from scanner.tickets.marker import LABEL
from scanner.tickets.secret import Secret
from scanner.tickets.tracker import Kind, Setup, demand_secret, texts

_COLOUR = "#b60205"


class Gitea(Forge):
    """The issues of one or more repositories."""

    page = 50
    page_parameter = "limit"
    title_chars = 255
    body_chars = 65_535

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        config = setup.config
        for project in self.projects:
            if project.count("/") != 1:
                raise UsageError(f"project '{project}' must be owner/repository", file=config.file)
        if config.type:
            config.fail("Gitea has no types of issues: leave 'type' out", "", "type")
        self._declined = frozenset(texts(config, "declined_labels"))
        self._labels: dict[str, dict[str, int]] = {}

    def issues(self, project: str) -> str:
        """See Forge."""
        return f"{_repository(project)}/issues"

    def listing(self, order: str) -> Mapping[str, str]:  # noqa: ARG002 - it has one order only
        """See Forge; the newest come first, always."""
        return {"labels": LABEL, "state": "all", "type": "issues"}

    async def searchable(self) -> Sequence[str]:
        """Return the repositories that have our label."""
        for project in self.projects:
            if LABEL not in self._labels.get(project, {}):
                self._labels[project] = await self._read_labels(project)
        return [project for project in self.projects if LABEL in self._labels[project]]

    def is_ours(self, issue: Mapping[str, Json]) -> bool:
        """Whoever may open an issue may write a marker, but only who may write to the issues sets a label."""
        return LABEL in label_names(issue)

    def state(self, issue: Mapping[str, Json]) -> TicketState:
        """See Forge."""
        if issue.get("state") != "closed":
            return TicketState.OPEN
        return TicketState.DECLINED if self._declined.intersection(label_names(issue)) else TicketState.CLOSED

    async def new_fields(self, fields: Fields) -> dict[str, Json]:
        """See Forge."""
        body: dict[str, Json] = {"labels": await self._numbers(fields.project, new_labels(fields))}
        if fields.assignee:
            body["assignees"] = [fields.assignee]
        if fields.due:
            body["due_date"] = f"{fields.due}T00:00:00Z"
        return body

    def check_made(self, project: str, answer: Answer) -> None:
        """Raise Denied when the labels were dropped: the next run would not find the issue."""
        super().check_made(project, answer)
        issue = as_object(answer.json())
        if LABEL not in label_names(issue):
            raise Denied(
                f"{project}#{as_int(issue.get('number'))} was opened without its labels: permit the user of the token "
                f"to write to the issues, and give it the label {LABEL} or delete it"
            )

    async def edited_fields(self, change: Change, now: Mapping[str, Json]) -> dict[str, Json]:
        """Set the labels, and return the state."""
        if change.ticket is not None:
            labels = changed_labels(now, change.ticket.fields.priority, self.priorities)
            project = change.held.project
            numbers = await self._numbers(project, labels)
            await self.web.write("PUT", f"{self.issues(project)}/{change.held.id}/labels", {"labels": numbers})
        if change.state is None:
            return {}
        return {"state": "closed" if change.state is TicketState.CLOSED else "open"}

    async def _numbers(self, project: str, names: Sequence[str]) -> list[Json]:
        """Return the ids of labels, making those that are missing."""
        known = self._labels.get(project, {})
        if not known.keys() >= set(names):
            known = self._labels[project] = await self._read_labels(project)
        for name in names:
            if name not in known:
                label: dict[str, Json] = {"name": name, "color": _COLOUR}
                made = await self.web.write("POST", f"{_repository(project)}/labels", label)
                number = as_int(as_object(made.json()).get("id"))
                if number is None:
                    raise TrackerError(f"{made.url} did not name the label that it made: check the url")
                known[name] = number
        return [known[name] for name in names]

    async def _read_labels(self, project: str) -> dict[str, int]:
        """Return ids by name, of two with one name the older; this list has no Link header."""
        known: dict[str, int] = {}
        page, labels = 0, [*"?"]
        while labels:
            page += 1
            params = {"page": str(page), "limit": str(self.page)}
            answer = await self.web.read(f"{_repository(project)}/labels", params)
            labels = as_list(answer.json())
            for label in map(as_object, labels):
                name, number = as_text(label.get("name")), as_int(label.get("id"))
                if name is not None and number is not None:
                    known[name] = min(number, known.get(name, number))
        return known


def _repository(project: str) -> str:
    return f"api/v1/repos/{project}"


def _headers(config: Config, secret: Secret) -> Mapping[str, str]:
    return {"Accept": "application/json", "Authorization": f"token {demand_secret(config, secret)}"}


KIND = Kind(
    name="gitea",
    about="Gitea and Forgejo issues",
    options={"declined_labels": list},
    headers=_headers,
    open=Gitea,
)
