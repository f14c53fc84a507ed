"""GitLab's issues API, version 4, the parts that matter, strictly; quick actions run as GitLab runs them."""

import re
from typing import ClassVar

from aiohttp import web

from tests.tickets.servers.strict import Seen, Strict

TOKEN = "glpat-secret-of-the-test"
LIST = {"labels", "state", "scope", "per_page", "page", "order_by", "sort"}
CREATE = {"title", "description", "labels", "assignee_ids", "due_date", "issue_type", "confidential"}
EDIT = {"title", "description", "add_labels", "remove_labels", "state_event"}


class GitLabServer(Strict):
    tracker = "gitlab"
    environment: ClassVar = {"GITLAB_TOKEN": TOKEN}
    write_path = "/issues"
    secret = TOKEN

    def __init__(self) -> None:
        super().__init__()
        self.issues: list[dict] = []
        base = "/api/v4/projects/{project}/issues"
        self.app.add_routes(
            [
                web.get("/api/v4/users", self._users),
                web.get(base, self._list),
                web.post(base, self._create),
                web.get(f"{base}/{{number}}", self._get),
                web.put(f"{base}/{{number}}", self._edit),
                web.get(f"{base}/{{number}}/notes", self._notes),
                web.post(f"{base}/{{number}}/notes", self._note),
            ]
        )

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

    def seen(self) -> list[Seen]:
        return [
            Seen(
                one["title"],
                one["description"],
                "open" if one["state"] == "opened" else "closed",
                one["notes"],
                one["labels"],
            )
            for one in self.issues
        ]

    def decline(self, index: int) -> None:
        self.issues[index]["state"] = "closed"
        self.issues[index]["labels"].append("wontfix")

    def crowd(self, bodies: list[str]) -> None:
        for body in bodies:
            self._add({"title": "old", "description": body, "labels": "exposure-scanner"})

    async def _users(self, request: web.Request) -> web.Response:
        return web.json_response([{"id": 7, "username": "tanuki"}] if request.query["username"] == "tanuki" else [])

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        self.only(query, LIST, "parameter")
        labels = set(query["labels"].split(","))
        items = [one for one in self.issues if labels <= set(one["labels"])]
        if query.get("sort", "desc") == "desc":
            items.reverse()
        public = [{key: value for key, value in one.items() if key != "notes"} for one in items]
        return self.linked(request, public, int(query.get("page", 1)), int(query.get("per_page", 20)), 100)

    async def _create(self, request: web.Request) -> web.Response:
        body = await self.json(request)
        self.only(body, CREATE)
        if len(body["title"]) > 255 or len(body["description"]) > 1_048_576:
            self.fail("too long")
        if body.get("assignee_ids") not in (None, [7]):
            self.fail("assignee_ids")
        return web.json_response(self._add(body), status=201)

    def _add(self, body: dict) -> dict:
        issue = {
            "iid": len(self.issues) + 1,
            "title": body["title"],
            "description": self._act(body["description"]),
            "labels": body["labels"].split(","),
            "state": "opened",
            "confidential": body.get("confidential", False),
            "due_date": body.get("due_date"),
            "notes": [],
        }
        self.issues.append(issue)
        return issue

    def _of(self, request: web.Request) -> dict:
        number = int(request.match_info["number"])
        if not 1 <= number <= len(self.issues):
            self.fail("404 Not found", 404)
        return self.issues[number - 1]

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(self._of(request))

    async def _edit(self, request: web.Request) -> web.Response:
        issue, body = self._of(request), await self.json(request)
        self.only(body, EDIT)
        labels = [one for one in issue["labels"] if one not in body.get("remove_labels", "").split(",")]
        issue["labels"] = list(dict.fromkeys((*labels, *filter(None, body.get("add_labels", "").split(",")))))
        event = body.get("state_event")
        if event not in {None, "close", "reopen"}:
            self.fail("state_event does not have a valid value")
        issue["state"] = {None: issue["state"], "close": "closed", "reopen": "opened"}[event]
        issue["title"] = body.get("title", issue["title"])
        issue["description"] = self._act(body.get("description", issue["description"]))
        return web.json_response(issue)

    async def _notes(self, request: web.Request) -> web.Response:
        items = [{"body": text} for text in self._of(request)["notes"]]
        page, size = int(request.query.get("page", 1)), int(request.query.get("per_page", 20))
        return self.linked(request, items, page, size, 100)

    async def _note(self, request: web.Request) -> web.Response:
        body = await self.json(request)
        self.only(body, {"body"})
        self._of(request)["notes"].append(self._act(body["body"]))
        return web.json_response({}, status=201)

    def _act(self, text: str) -> str:
        """A line that begins with a slash and a word is a command, in code blocks with long fences too."""
        if re.search(r"^/[a-z]", text, re.MULTILINE):
            raise AssertionError(f"a quick action would run: {text}")
        return text
