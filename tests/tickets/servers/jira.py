"""Jira's REST API as documented for Cloud (version 3) and Data Center (version 2), the parts that matter, strictly."""

import json
import re
from base64 import b64encode
from typing import ClassVar

from aiohttp import web

from tests.tickets.servers.strict import Seen, Strict

USER, TOKEN = "bot@example.test", "jira-secret-of-the-test"
FIELDS = {"project", "issuetype", "summary", "description", "labels", "priority", "assignee", "duedate"}
DONE = {"name": "Done", "statusCategory": {"key": "done"}}
TO_DO = {"name": "To Do", "statusCategory": {"key": "new"}}


class JiraServer(Strict):
    tracker = "jira"
    closing = ("GET", "POST", "PUT")
    environment: ClassVar = {"JIRA_TOKEN": TOKEN}
    write_path = "/issue"
    secret = TOKEN
    cloud = True
    lag = 0
    """Searches until a new issue shows."""

    def __init__(self) -> None:
        super().__init__()
        self.issues: list[dict] = []
        self.api = "/rest/api/3" if self.cloud else "/rest/api/2"
        issue = f"{self.api}/issue/{{id}}"
        search = web.post("/rest/api/3/search/jql", self._cloud_search)
        self.app.add_routes(
            [
                search if self.cloud else web.post("/rest/api/2/search", self._server_search),
                web.post(f"{self.api}/issue", self._create),
                web.get(issue, self._get),
                web.put(issue, self._edit),
                web.get(f"{issue}/comment", self._comments),
                web.post(f"{issue}/comment", self._comment),
                web.get(f"{issue}/transitions", self._transitions),
                web.post(f"{issue}/transitions", self._move),
            ]
        )

    def config(self) -> str:
        return f"""
url = "{self.url}"
project = "SEC"
type = "Bug"
labels = ["security"]
assignee = "5b10a2844c20165700ede21g"
[credentials]
user = "{USER}"
secret_env = "JIRA_TOKEN"
[priority]
critical = "Highest"
high = "High"
[due_days]
high = 14
[jira]
edition = "{"cloud" if self.cloud else "datacenter"}"
close_resolution = "Done"
settle_s = 10
"""

    def authorize(self, request: web.Request) -> None:
        basic = b64encode(f"{USER}:{TOKEN}".encode()).decode()
        self.header(request, "Authorization", f"Basic {basic}" if self.cloud else f"Bearer {TOKEN}")

    def seen(self) -> list[Seen]:
        return [
            Seen(
                one["fields"]["summary"],
                _words(one["fields"]["description"]),
                "closed" if one["fields"]["status"] is DONE else "open",
                [_words(comment["body"]) for comment in one["comments"]],
                one["fields"]["labels"],
            )
            for one in self.issues
        ]

    def decline(self, index: int) -> None:
        self.issues[index]["fields"].update(status=DONE, resolution={"name": "Won't Do"})

    def crowd(self, bodies: list[str]) -> None:
        for body in bodies:
            key = re.search(r"exposure-[0-9a-f]{32}", body).group()
            text = body if not self.cloud else _doc(body)
            self._add({"summary": "old", "description": text, "labels": ["exposure-scanner", key]})

    def _find(self, jql: str) -> list[dict]:
        match = re.fullmatch(
            r'project in \("SEC"\) AND labels = "exposure-scanner"'
            r"(?: AND statusCategory (?P<is>!=|=) Done)?(?: AND labels in \((?P<labels>[^)]*)\))?"
            r" ORDER BY created ASC",
            jql,
        )
        if match is None:
            self.fail(f"Error in the JQL Query: {jql}")
        wanted = set(json.loads(f"[{match['labels']}]")) if match["labels"] else None
        found = []
        for issue in self.issues:
            fields = issue["fields"]
            done = fields["status"] is DONE
            if issue["hidden"] > 0:
                issue["hidden"] -= 1
            elif (match["is"] is None or done is (match["is"] == "=")) and (
                wanted is None or wanted & {*fields["labels"]}
            ):
                found.append(issue)
        return found

    async def _cloud_search(self, request: web.Request) -> web.Response:
        body = await self.json(request)
        self.only(body, {"jql", "maxResults", "fields", "nextPageToken"})
        found = self._find(body["jql"])
        start, size = int(body.get("nextPageToken", "0")), min(body["maxResults"], 100)
        answer: dict = {"issues": [self._public(one) for one in found[start : start + size]]}
        if start + size < len(found):
            answer["nextPageToken"] = str(start + size)
        return web.json_response(answer)

    async def _server_search(self, request: web.Request) -> web.Response:
        body = await self.json(request)
        self.only(body, {"jql", "maxResults", "fields", "startAt"})
        found = self._find(body["jql"])
        start, size = body["startAt"], min(body["maxResults"], 50)
        issues = [self._public(one) for one in found[start : start + size]]
        return web.json_response({"startAt": start, "maxResults": size, "total": len(found), "issues": issues})

    async def _create(self, request: web.Request) -> web.Response:
        body = await self.json(request)
        self.only(body, {"fields", "properties", "update"})
        fields = body["fields"]
        self.only(fields, FIELDS)
        if fields["project"] != {"key": "SEC"} or fields["issuetype"] != {"name": "Bug"}:
            self.fail("project or issuetype")
        if set(fields["assignee"]) != {"accountId" if self.cloud else "name"}:
            self.fail("assignee")
        if len(fields["summary"]) > 255 or any(" " in label for label in fields["labels"]):
            self.fail("summary or labels")
        self._check_text(fields["description"])
        issue = self._add(fields)
        return web.json_response({"id": issue["id"], "key": issue["key"]}, status=201)

    def _add(self, fields: dict) -> dict:
        number = len(self.issues) + 1
        issue = {
            "id": str(10_000 + number),
            "key": f"SEC-{number}",
            "fields": {**fields, "status": TO_DO, "resolution": None, "project": {"key": "SEC"}},
            "comments": [],
            "hidden": self.lag,
        }
        self.issues.append(issue)
        return issue

    def _check_text(self, text) -> None:
        if self.cloud:
            if not isinstance(text, dict) or text["type"] != "doc" or text["version"] != 1:
                self.fail("Operation value must be an Atlassian Document")
            _check_adf(text)
        elif not isinstance(text, str) or len(text) > 32_767:
            self.fail("Operation value must be a string")

    def _of(self, request: web.Request) -> dict:
        for issue in self.issues:
            if request.match_info["id"] in {issue["id"], issue["key"]}:
                return issue
        return self.fail("Issue does not exist", 404)

    def _public(self, issue: dict) -> dict:
        kept = ("labels", "status", "resolution", "description", "project")
        return {"id": issue["id"], "key": issue["key"], "fields": {name: issue["fields"].get(name) for name in kept}}

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(self._public(self._of(request)))

    async def _edit(self, request: web.Request) -> web.Response:
        issue, body = self._of(request), await self.json(request)
        self.only(body, {"fields", "update"})
        self.only(body["fields"], {"summary", "description", "priority"})
        self._check_text(body["fields"]["description"])
        issue["fields"].update(body["fields"])
        for change in body["update"]["labels"]:
            issue["fields"]["labels"] = list(dict.fromkeys((*issue["fields"]["labels"], change["add"])))
        return web.Response(status=204)

    async def _comments(self, request: web.Request) -> web.Response:
        comments = self._of(request)["comments"]
        start, size = int(request.query["startAt"]), min(int(request.query["maxResults"]), 100)
        return web.json_response({"comments": comments[start : start + size], "total": len(comments), "startAt": start})

    async def _comment(self, request: web.Request) -> web.Response:
        body = await self.json(request)
        self.only(body, {"body"})
        self._check_text(body["body"])
        self._of(request)["comments"].append(body)
        return web.json_response({}, status=201)

    async def _transitions(self, request: web.Request) -> web.Response:
        done = self._of(request)["fields"]["status"] is DONE
        moves = [{"id": "11", "name": "Back", "to": TO_DO}] if done else [{"id": "31", "name": "Finish", "to": DONE}]
        return web.json_response({"transitions": moves})

    async def _move(self, request: web.Request) -> web.Response:
        fields, body = self._of(request)["fields"], await self.json(request)
        self.only(body, {"transition", "fields"})
        allowed = "11" if fields["status"] is DONE else "31"
        if body["transition"] != {"id": allowed}:
            self.fail("It is not possible to perform this transition")
        fields["status"] = TO_DO if allowed == "11" else DONE
        fields["resolution"] = body.get("fields", {}).get("resolution")
        return web.Response(status=204)


class JiraDataCenterServer(JiraServer):
    cloud = False


def _doc(text: str) -> dict:
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }


_CHILDREN = {
    "doc": {"paragraph", "heading", "bulletList", "codeBlock"},
    "bulletList": {"listItem"},
    "listItem": {"paragraph"},
    "paragraph": {"text"},
    "heading": {"text"},
    "codeBlock": {"text"},
}


def _check_adf(node: dict) -> None:
    """The part of the document format's schema that we use: which nodes stand in which, and no empty text."""
    if node["type"] == "text":
        assert node["text"]
        assert set(node) <= {"type", "text", "marks"}
        return
    for child in node["content"]:
        assert child["type"] in _CHILDREN[node["type"]], (node["type"], child["type"])
        _check_adf(child)


def _words(node) -> str:
    if isinstance(node, str):
        return node
    if node["type"] == "text":
        return node["text"]
    return "\n".join(_words(child) for child in node["content"])
