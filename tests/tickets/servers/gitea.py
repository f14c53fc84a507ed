"""Gitea's issues API, version 1, strictly: as routers/api/v1/repo and modules/structs of go-gitea/gitea read it.

What it refuses or drops in silence is done here too: label names when an issue is opened, labels of someone who may
not write, a filter by a label that does not exist, pages longer than 50, a Link header with the address that it
believes to have.
"""

import re
from typing import ClassVar

from aiohttp import web

from tests.tickets.servers.forge import ForgeServer

TOKEN = "gitea-secret-of-the-test"
LIST = {"labels", "state", "type", "limit", "page"}
CREATE = {"title", "body", "labels", "assignees", "due_date"}
EDIT = {"title", "body", "state", "assignees", "due_date"}
LABEL = {"name", "color", "description"}
MOST = 50


class GiteaServer(ForgeServer):
    tracker = "gitea"
    closing = ("GET", "POST", "PATCH")
    environment: ClassVar = {"GITEA_TOKEN": TOKEN}
    secret = TOKEN
    page_parameter = "limit"
    root_url = "http://gitea.internal/"
    writer = True
    """Whether the user of the token may write to the issues."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: list[dict] = [{"id": number, "name": f"other-{number}"} for number in range(1, 61)]
        base = "/api/v1/repos/acme/ops"
        self.app.add_routes(
            [
                web.get(f"{base}/labels", self._labels),
                web.post(f"{base}/labels", self._make_label),
                web.put(f"{base}/issues/{{number}}/labels", self._replace_labels),
            ]
        )
        self.add_issue_routes(f"{base}/issues", "comments", "PATCH")

    def config(self) -> str:
        return f"""
url = "{self.url}"
project = "acme/ops"
labels = ["security"]
assignee = "octocat"
[credentials]
secret_env = "GITEA_TOKEN"
[priority]
critical = "P1"
high = "P2"
[due_days]
high = 14
[gitea]
declined_labels = ["wontfix"]
"""

    def authorize(self, request: web.Request) -> None:
        self.header(request, "Authorization", f"token {TOKEN}")

    def decline(self, index: int) -> None:
        self.kept[index]["state"] = "closed"
        self.kept[index]["labels"].append({"id": 99, "name": "wontfix"})

    def crowd(self, bodies: list[str]) -> None:
        label = {"id": 100, "name": "exposure-scanner"}
        self.labels.append(label)
        for body in bodies:
            self.add("old", body, [label])

    def linked(self, request: web.Request, items: list, page: int, size: int, most: int) -> web.Response:
        """Longer pages are cut in silence, and links lead to the configured address (`genAPILinks`)."""
        size = min(size, MOST)
        start = (page - 1) * size
        headers = {"X-Total-Count": str(len(items))}
        if start + size < len(items):
            link = f"{self.root_url}{request.url.update_query(page=page + 1).raw_path_qs[1:]}"
            headers["Link"] = f'<{link}>; rel="next",<{link}>; rel="last"'
        return web.json_response(items[start : start + size], headers=headers)

    async def _labels(self, request: web.Request) -> web.Response:
        self.only(request.query, {"page", "limit"}, "parameter")
        answer = self.page(request, self.labels)
        answer.headers.popall("Link", None)
        return answer

    async def _make_label(self, request: web.Request) -> web.Response:
        self._writer()
        body = await self.json(request)
        self.only(body, LABEL)
        if not re.fullmatch(r"#?[0-9a-fA-F]{6}", body.get("color", "")) or not body.get("name"):
            self.fail("StringToColor", 422)
        # Names need not be unique.
        label = {"id": len(self.labels) + 101, "name": body["name"]}
        self.labels.append(label)
        return web.json_response(label, status=201)

    def _writer(self) -> None:
        if not self.writer:
            self.fail("user should have a permission to write to a repo", 403)

    def _numbered(self, numbers: list) -> list[dict]:
        if not all(isinstance(number, int) for number in numbers):
            self.fail("json: cannot unmarshal string into Go struct field of type int64", 422)
        return [label for label in self.labels if label["id"] in numbers]

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        self.only(query, LIST, "parameter")
        wanted = set(query["labels"].split(",")) & {label["name"] for label in self.labels}
        items = [one for one in self.kept if not wanted or wanted & set(self.names(one))]
        items = [one for one in items if query.get("state", "open") in {"all", one["state"]}]
        return self.page(request, list(map(self.public, reversed(items))))

    async def _create(self, request: web.Request) -> web.Response:
        body = await self.json(request)
        self.only(body, CREATE)
        if not body["title"] or len(body["title"]) > 255 or len(body["body"].encode()) > 65_535:
            self.fail("Data too long for column", 500)
        if set(body.get("assignees", ())) - {"octocat"}:
            self.fail("Assignee does not exist", 422)
        if "due_date" in body and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["due_date"]):
            self.fail("parsing time", 422)
        labels = self._numbered(body.get("labels", [])) if self.writer else []
        issue = self.add(body["title"], body["body"], labels, due_date=body.get("due_date"))
        return web.json_response(self.public(issue), status=201)

    async def _edit(self, request: web.Request) -> web.Response:
        issue, body = self.issue_of(request), await self.json(request)
        # Unknown fields, labels among them, are dropped in silence there.
        self.only(body, EDIT)
        if body.get("state") not in {None, "open", "closed"}:
            self.fail("state", 422)
        issue.update(body)
        return web.json_response(self.public(issue), status=201)

    async def _replace_labels(self, request: web.Request) -> web.Response:
        self._writer()
        body = await self.json(request)
        self.only(body, {"labels"})
        issue = self.issue_of(request)
        issue["labels"] = self._numbered(body["labels"])
        return web.json_response(issue["labels"])

    async def _comments(self, request: web.Request) -> web.Response:
        """All of them: this list has no pages."""
        return web.json_response([{"body": text} for text in self.issue_of(request)["comments"]])
