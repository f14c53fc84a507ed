"""GitLab's issues API, version 4, the parts that matter, strictly; quick actions run as GitLab runs them."""

import re
from typing import ClassVar

from aiohttp import web

from tests.tickets.servers.forge import ForgeServer

TOKEN = "glpat-secret-of-the-test"
LIST = {"labels", "state", "scope", "per_page", "page", "order_by", "sort"}
CREATE = {"title", "description", "labels", "assignee_ids", "due_date", "issue_type", "confidential"}
EDIT = {"title", "description", "add_labels", "remove_labels", "state_event"}


class GitLabServer(ForgeServer):
    tracker = "gitlab"
    closing = ("GET", "POST", "PUT")
    environment: ClassVar = {"GITLAB_TOKEN": TOKEN}
    secret = TOKEN
    number_field = "iid"
    body_field = "description"
    shown_open = "opened"
    default_page = 20

    def __init__(self) -> None:
        super().__init__()
        self.app.add_routes([web.get("/api/v4/users", self._users)])
        self.add_issue_routes("/api/v4/projects/{project}/issues", "notes", "PUT")

    def config(self) -> str:
        return f"""
url = "{self.url}"
project = "acme/ops"
labels = ["security"]
assignee = "tanuki"
[credentials]
secret_env = "GITLAB_TOKEN"
[priority]
critical = "P1"
high = "P2"
[due_days]
high = 14
[gitlab]
declined_labels = ["wontfix"]
"""

    def authorize(self, request: web.Request) -> None:
        self.header(request, "PRIVATE-TOKEN", TOKEN)
        if "project" in request.match_info and "/projects/acme%2Fops/" not in request.raw_path:
            self.fail("404 Project Not Found", 404)

    def names(self, issue: dict) -> list[str]:
        return issue["labels"]

    def decline(self, index: int) -> None:
        self.kept[index]["state"] = "closed"
        self.kept[index]["labels"].append("wontfix")

    def crowd(self, bodies: list[str]) -> None:
        for body in bodies:
            self.add("old", body, ["exposure-scanner"])

    def check_text(self, text: str) -> str:
        """A line that begins with a slash and a word is a command, in code blocks with long fences too."""
        if re.search(r"^/[a-z]", text, re.MULTILINE):
            raise AssertionError(f"a quick action would run: {text}")
        return text

    async def _users(self, request: web.Request) -> web.Response:
        return web.json_response([{"id": 7, "username": "tanuki"}] if request.query["username"] == "tanuki" else [])

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        self.only(query, LIST, "parameter")
        labels = set(query["labels"].split(","))
        items = [one for one in self.kept if labels <= set(one["labels"])]
        if query.get("sort", "desc") == "desc":
            items.reverse()
        return self.page(request, list(map(self.public, items)))

    async def _create(self, request: web.Request) -> web.Response:
        body = await self.json(request)
        self.only(body, CREATE)
        if len(body["title"]) > 255 or len(body["description"]) > 1_048_576:
            self.fail("too long")
        if body.get("assignee_ids") not in (None, [7]):
            self.fail("assignee_ids")
        issue = self.add(
            body["title"],
            self.check_text(body["description"]),
            body["labels"].split(","),
            confidential=body.get("confidential", False),
            due_date=body.get("due_date"),
        )
        return web.json_response(self.public(issue), status=201)

    async def _edit(self, request: web.Request) -> web.Response:
        issue, body = self.issue_of(request), await self.json(request)
        self.only(body, EDIT)
        labels = [one for one in issue["labels"] if one not in body.get("remove_labels", "").split(",")]
        issue["labels"] = list(dict.fromkeys((*labels, *filter(None, body.get("add_labels", "").split(",")))))
        event = body.get("state_event")
        if event not in {None, "close", "reopen"}:
            self.fail("state_event does not have a valid value")
        issue["state"] = {None: issue["state"], "close": "closed", "reopen": "opened"}[event]
        issue["title"] = body.get("title", issue["title"])
        issue["description"] = self.check_text(body.get("description", issue["description"]))
        return web.json_response(self.public(issue))
