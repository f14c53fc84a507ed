"""GitLab Issues over its REST API, version 4 (docs.gitlab.com/api/issues)."""

from collections.abc import Mapping
from urllib.parse import quote

from scanner.core.errors import UsageError
from scanner.core.jsontext import Json, as_int, as_list, as_object
from scanner.tickets.action import Change, TicketState
from scanner.tickets.fields import Config, Fields
from scanner.tickets.forge import Forge, label_names, new_labels
from scanner.tickets.marker import LABEL
from scanner.tickets.secret import Secret
from scanner.tickets.tracker import Kind, Setup, demand_secret, texts


class GitLab(Forge):
    """The issues of one or more projects."""

    in_flight = 2
    title_chars = 255
    body_chars = 1_048_576
    number_field = "iid"
    body_field = "description"
    comments = "notes"
    edit_method = "PUT"

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._confidential = bool(setup.config.options.get("confidential", True))
        self._declined = frozenset(texts(setup.config, "declined_labels"))
        self._people: dict[str, int] = {}

    def issues(self, project: str) -> str:
        """See Forge."""
        return f"api/v4/projects/{quote(project, safe='')}/issues"

    def listing(self, order: str) -> Mapping[str, str]:
        """See Forge."""
        return {"labels": LABEL, "state": "all", "scope": "all", "order_by": "created_at", "sort": order}

    def state(self, issue: Mapping[str, Json]) -> TicketState:
        """See Forge."""
        if issue.get("state") != "closed":
            return TicketState.OPEN
        return TicketState.DECLINED if self._declined.intersection(label_names(issue)) else TicketState.CLOSED

    async def new_fields(self, fields: Fields) -> dict[str, Json]:
        """See Forge."""
        body: dict[str, Json] = {"labels": ",".join(new_labels(fields)), "confidential": self._confidential}
        if fields.assignee:
            body["assignee_ids"] = [await self._person(fields.assignee)]
        if fields.due:
            body["due_date"] = fields.due
        if fields.type:
            body["issue_type"] = fields.type
        return body

    async def edited_fields(self, change: Change, now: Mapping[str, Json]) -> dict[str, Json]:
        """See Forge."""
        body: dict[str, Json] = {}
        if change.ticket is not None:
            priority = change.ticket.fields.priority
            body["add_labels"] = ",".join((LABEL, *([priority] if priority else [])))
            old = self.priorities.intersection(label_names(now)) - {priority}
            if old:
                body["remove_labels"] = ",".join(sorted(old))
        if change.state is not None:
            body["state_event"] = "close" if change.state is TicketState.CLOSED else "reopen"
        return body

    async def _person(self, name: str) -> int:
        if name not in self._people:
            people = as_list((await self.web.read("api/v4/users", {"username": name})).json())
            number = next((as_int(as_object(one).get("id")) for one in people), None)
            if number is None:
                raise UsageError(f"GitLab knows no user '{name}': correct the assignee in the configuration")
            self._people[name] = number
        return self._people[name]


def _headers(config: Config, secret: Secret) -> Mapping[str, str]:
    return {"Accept": "application/json", "PRIVATE-TOKEN": demand_secret(config, secret)}


KIND = Kind(
    name="gitlab",
    about="GitLab Issues",
    options={"confidential": bool, "declined_labels": list},
    headers=_headers,
    open=GitLab,
)
