"""GitHub Issues over its REST API, version 2022-11-28 (docs.github.com/en/rest/issues).

Mutating requests go one after the other, as GitHub asks for (docs.github.com "Best practices for using the REST API").
"""

from collections.abc import Mapping

from scanner.core.errors import UsageError
from scanner.core.jsontext import Json, as_text
from scanner.tickets.action import Change, TicketState
from scanner.tickets.fields import Config, Fields
from scanner.tickets.forge import Forge, changed_labels, new_labels
from scanner.tickets.marker import LABEL
from scanner.tickets.secret import Secret
from scanner.tickets.tracker import Kind, Setup, demand_secret

_DECLINED = frozenset({"not_planned", "duplicate"})


class GitHub(Forge):
    """The issues of one or more repositories."""

    title_chars = 256
    body_chars = 65_536

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        for project in self.projects:
            if project.count("/") != 1:
                raise UsageError(f"project '{project}' must be owner/repository", file=setup.config.file)

    def issues(self, project: str) -> str:
        """See Forge."""
        return f"repos/{project}/issues"

    def listing(self, order: str) -> Mapping[str, str]:
        """See Forge."""
        return {"labels": LABEL, "state": "all", "sort": "created", "direction": order}

    def is_ours(self, issue: Mapping[str, Json]) -> bool:
        """Leave pull requests out, which are listed among the issues."""
        return "pull_request" not in issue

    def state(self, issue: Mapping[str, Json]) -> TicketState:
        """See Forge."""
        if issue.get("state") != "closed":
            return TicketState.OPEN
        return TicketState.DECLINED if as_text(issue.get("state_reason")) in _DECLINED else TicketState.CLOSED

    async def new_fields(self, fields: Fields) -> dict[str, Json]:
        """See Forge."""
        body: dict[str, Json] = {"labels": list(new_labels(fields))}
        if fields.assignee:
            body["assignees"] = [fields.assignee]
        if fields.type:
            body["type"] = fields.type
        return body

    async def edited_fields(self, change: Change, now: Mapping[str, Json]) -> dict[str, Json]:
        """See Forge."""
        body: dict[str, Json] = {}
        if change.ticket is not None:
            body["labels"] = list(changed_labels(now, change.ticket.fields.priority, self.priorities))
        if change.state is not None:
            closed = change.state is TicketState.CLOSED
            body |= {"state": "closed" if closed else "open", "state_reason": "completed" if closed else "reopened"}
        return body


def _headers(config: Config, secret: Secret) -> Mapping[str, str]:
    return {
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "Authorization": f"Bearer {demand_secret(config, secret)}",
    }


KIND = Kind(name="github", about="GitHub Issues", options={}, headers=_headers, open=GitHub)
