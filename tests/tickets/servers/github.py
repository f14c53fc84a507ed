"""GitHub's issues API as documented for version 2022-11-28, the parts that matter, strictly."""

from typing import ClassVar

from aiohttp import web

from tests.tickets.servers.strict import Seen, Strict

TOKEN = "ghp_secret_of_the_test"
LIST = {"labels", "state", "per_page", "page", "sort", "direction"}
CREATE = {"title", "body", "labels", "assignees", "milestone", "type"}
EDIT = {"title", "body", "labels", "assignees", "milestone", "state", "state_reason", "type"}


class GitHubServer(Strict):
    tracker = "github"
    environment: ClassVar = {"GITHUB_TOKEN": TOKEN}
    write_path = "/issues"
    secret = TOKEN

    def __init__(self) -> None:
        super().__init__()
        self.issues: list[dict] = []
        base = "/repos/acme/ops/issues"
        self.app.add_routes(
            [
                web.get(base, self._list),
                web.post(base, self._create),
                web.get(f"{base}/{{number}}", self._get),
                web.patch(f"{base}/{{number}}", self._edit),
                web.get(f"{base}/{{number}}/comments", self._comments),
                web.post(f"{base}/{{number}}/comments", self._comment),
            ]
        )

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

    def seen(self) -> list[Seen]:
        return [
            Seen(one["title"], one["body"], one["state"], one["comments"], [label["name"] for label in one["labels"]])
            for one in self.issues
        ]

    def decline(self, index: int) -> None:
        self.issues[index].update(state="closed", state_reason="not_planned")

    def crowd(self, bodies: list[str]) -> None:
        for body in bodies:
            self._add({"title": "old", "body": body, "labels": ["exposure-scanner"]})

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        self.only(query, LIST, "parameter")
        labels = set(query["labels"].split(","))
        items = [one for one in self.issues if labels <= {label["name"] for label in one["labels"]}]
        items = [one for one in items if query.get("state", "open") in {"all", one["state"]}]
        if query.get("direction", "desc") == "desc":
            items.reverse()
        public = [{key: value for key, value in one.items() if key != "comments"} for one in items]
        return self.linked(request, public, int(query.get("page", 1)), int(query.get("per_page", 30)), 100)

    async def _create(self, request: web.Request) -> web.Response:
        body = await self.json(request)
        self.only(body, CREATE)
        if len(body["body"]) > 65_536 or not body["title"]:
            self.fail("body is too long", 422)
        return web.json_response(self._add(body), status=201)

    def _add(self, body: dict) -> dict:
        issue = {
            "number": len(self.issues) + 1,
            "title": body["title"],
            "body": body["body"],
            "labels": [{"name": name} for name in body.get("labels", ())],
            "state": "open",
            "state_reason": None,
            "comments": [],
        }
        self.issues.append(issue)
        return issue

    def _of(self, request: web.Request) -> dict:
        number = int(request.match_info["number"])
        if not 1 <= number <= len(self.issues):
            self.fail("Not Found", 404)
        return self.issues[number - 1]

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(self._of(request))

    async def _edit(self, request: web.Request) -> web.Response:
        issue, body = self._of(request), await self.json(request)
        self.only(body, EDIT)
        if body.get("state_reason") not in {None, "completed", "not_planned", "duplicate", "reopened"}:
            self.fail("state_reason", 422)
        if "labels" in body:
            body["labels"] = [{"name": name} for name in body["labels"]]
        issue.update(body)
        return web.json_response(issue)

    async def _comments(self, request: web.Request) -> web.Response:
        items = [{"body": text} for text in self._of(request)["comments"]]
        page, size = int(request.query.get("page", 1)), int(request.query.get("per_page", 30))
        return self.linked(request, items, page, size, 100)

    async def _comment(self, request: web.Request) -> web.Response:
        body = await self.json(request)
        self.only(body, {"body"})
        self._of(request)["comments"].append(body["body"])
        return web.json_response({}, status=201)
