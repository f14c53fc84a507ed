"""GitHub's issues API as documented for version 2022-11-28, the parts that matter, strictly."""

from typing import ClassVar

from aiohttp import web

from tests.tickets.servers.forge import ForgeServer

TOKEN = "ghp_secret_of_the_test"
LIST = {"labels", "state", "per_page", "page", "sort", "direction"}
CREATE = {"title", "body", "labels", "assignees", "milestone", "type"}
EDIT = {"title", "body", "labels", "assignees", "milestone", "state", "state_reason", "type"}


class GitHubServer(ForgeServer):
    tracker = "github"
    closing = ("GET", "POST", "PATCH")
    environment: ClassVar = {"GITHUB_TOKEN": TOKEN}
    secret = TOKEN

    def __init__(self) -> None:
        super().__init__()
        self.add_issue_routes("/repos/acme/ops/issues", "comments", "PATCH")

    def config(self) -> str:
        return f"""
url = "{self.url}"
project = "acme/ops"
labels = ["security"]
assignee = "octocat"
[credentials]
secret_env = "GITHUB_TOKEN"
[priority]
critical = "P1"
high = "P2"
"""

    def authorize(self, request: web.Request) -> None:
        self.header(request, "Authorization", f"Bearer {TOKEN}")
        self.header(request, "X-GitHub-Api-Version", "2022-11-28", 400)
        self.header(request, "Accept", "application/vnd.github+json", 415)

    def decline(self, index: int) -> None:
        self.kept[index].update(state="closed", state_reason="not_planned")

    def crowd(self, bodies: list[str]) -> None:
        for body in bodies:
            self.add("old", body, [{"name": "exposure-scanner"}], state_reason=None)

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        self.only(query, LIST, "parameter")
        labels = set(query["labels"].split(","))
        items = [one for one in self.kept if labels <= set(self.names(one))]
        items = [one for one in items if query.get("state", "open") in {"all", one["state"]}]
        if query.get("direction", "desc") == "desc":
            items.reverse()
        return self.page(request, list(map(self.public, items)))

    async def _create(self, request: web.Request) -> web.Response:
        body = await self.json(request)
        self.only(body, CREATE)
        if len(body["body"]) > 65_536 or not body["title"]:
            self.fail("body is too long", 422)
        labels = [{"name": name} for name in body.get("labels", ())]
        return web.json_response(self.add(body["title"], body["body"], labels, state_reason=None), status=201)

    async def _edit(self, request: web.Request) -> web.Response:
        issue, body = self.issue_of(request), await self.json(request)
        self.only(body, EDIT)
        if body.get("state_reason") not in {None, "completed", "not_planned", "duplicate", "reopened"}:
            self.fail("state_reason", 422)
        if "labels" in body:
            body["labels"] = [{"name": name} for name in body["labels"]]
        issue.update(body)
        return web.json_response(self.public(issue))
