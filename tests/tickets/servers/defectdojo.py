"""DefectDojo's API, version 2, the parts that matter, strictly: an import with an unknown key fails as a whole."""

import json
import re
from typing import ClassVar

from aiohttp import web

from tests.tickets.servers.strict import Seen, Strict

TOKEN = "dojo-secret-of-the-test"
LIST = {"product_name", "tags", "limit", "offset", "o", "unique_id_from_tool"}
IMPORT = {
    "scan_type",
    "minimum_severity",
    "active",
    "verified",
    "close_old_findings",
    "scan_date",
    "auto_create_context",
    "product_type_name",
    "product_name",
    "engagement_name",
    "test_title",
    "file",
}
REIMPORT = {
    "scan_type",
    "minimum_severity",
    "active",
    "verified",
    "close_old_findings",
    "scan_date",
    "test",
    "do_not_reactivate",
    "file",
}
# The keys that every version of the generic parser takes.
ALLOWED = {
    "title",
    "severity",
    "description",
    "date",
    "cwe",
    "impact",
    "mitigation",
    "steps_to_reproduce",
    "references",
    "unique_id_from_tool",
    "vuln_id_from_tool",
    "dynamic_finding",
    "static_finding",
    "active",
    "verified",
    "endpoints",
    "tags",
}
EDIT = {"severity", "impact", "mitigation", "steps_to_reproduce", "references", "active", "is_mitigated"}


class DefectDojoServer(Strict):
    tracker = "defectdojo"
    closing = ("GET", "POST", "PATCH")
    environment: ClassVar = {"DOJO_TOKEN": TOKEN}
    write_path = "import-scan/"
    secret = TOKEN

    def __init__(self) -> None:
        super().__init__()
        self.findings: list[dict] = []
        self.tests = 0
        one = "/api/v2/findings/{id}/"
        self.app.add_routes(
            [
                web.get("/api/v2/findings/", self._list),
                web.post("/api/v2/import-scan/", self._import),
                web.post("/api/v2/reimport-scan/", self._reimport),
                web.get(one, self._get),
                web.patch(one, self._edit),
                web.post(f"{one}close/", self._close),
                web.get(f"{one}notes/", self._notes),
                web.post(f"{one}notes/", self._note),
            ]
        )

    def config(self) -> str:
        return f"""
url = "{self.url}"
project = "Data centre"
labels = ["network"]
[credentials]
secret_env = "DOJO_TOKEN"
"""

    def authorize(self, request: web.Request) -> None:
        self.header(request, "Authorization", f"Token {TOKEN}")

    def seen(self) -> list[Seen]:
        return [
            Seen(
                one["title"],
                one["steps_to_reproduce"],
                "open" if one["active"] else "closed",
                one["notes"],
                one["tags"],
                one["severity"],
            )
            for one in self.findings
        ]

    def decline(self, index: int) -> None:
        self.findings[index].update(active=False, risk_accepted=True)

    def crowd(self, bodies: list[str]) -> None:
        self.tests = 1
        for body in bodies:
            unique = re.search(r";([0-9a-f]{64}),", body)[1]
            self._add(
                {
                    "title": "old",
                    "steps_to_reproduce": body,
                    "unique_id_from_tool": unique,
                    "tags": ["exposure-scanner"],
                }
            )

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        self.only(query, LIST, "parameter")
        found = [one for one in self.findings if query["tags"] in one["tags"]]
        if query["o"] == "-id":
            found.reverse()
        start, size = int(query["offset"]), min(int(query["limit"]), 250)
        page = [{key: value for key, value in one.items() if key != "notes"} for one in found[start : start + size]]
        # Behind a proxy the link names the inner host.
        link = "http://uwsgi:3031/api/v2/findings/?offset=x" if start + size < len(found) else None
        return web.json_response({"count": len(found), "next": link, "results": page})

    async def _import(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.only(form, IMPORT)
        if form["auto_create_context"] != "true" or not form["product_name"] or not form["engagement_name"]:
            self.fail("context")
        if self.tests:
            self.fail("a second import would make a second test: reimport")
        entries = self._parse(form)
        self.tests = 1
        return self._take(entries)

    async def _reimport(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.only(form, REIMPORT)
        if form["test"] != "1":
            self.fail("test")
        return self._take(self._parse(form))

    def _parse(self, form) -> list[dict]:
        if form["scan_type"] != "Generic Findings Import" or form["close_old_findings"] != "false":
            self.fail("scan_type or close_old_findings")
        entries = json.loads(form["file"].file.read())["findings"]
        for entry in entries:
            self.only(entry, ALLOWED, "finding key (Not allowed fields)")
            if entry["severity"] not in {"Critical", "High", "Medium", "Low", "Info"} or len(entry["title"]) > 511:
                self.fail("severity or title")
            if not all("://" in endpoint for endpoint in entry["endpoints"]):
                self.fail("endpoints")
        return entries

    def _take(self, entries: list[dict]) -> web.Response:
        for entry in entries:
            if any(one["unique_id_from_tool"] == entry["unique_id_from_tool"] for one in self.findings):
                continue
            self._add(entry)
        return web.json_response({"test": 1, "test_id": 1}, status=201)

    def _add(self, entry: dict) -> None:
        base = {"is_mitigated": False, "false_p": False, "risk_accepted": False, "out_of_scope": False}
        base |= {"duplicate": False, "severity": "High", "active": True, "test": 1, "notes": []}
        self.findings.append({**base, **entry, "id": len(self.findings) + 1})

    def _of(self, request: web.Request) -> dict:
        number = int(request.match_info["id"])
        if not 1 <= number <= len(self.findings):
            self.fail("Not found.", 404)
        return self.findings[number - 1]

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(self._of(request))

    async def _edit(self, request: web.Request) -> web.Response:
        finding, body = self._of(request), await self.json(request)
        self.only(body, EDIT)
        if body.get("active") and body.get("is_mitigated"):
            self.fail("Active findings cannot be mitigated")
        finding.update(body)
        return web.json_response(finding)

    async def _close(self, request: web.Request) -> web.Response:
        finding, body = self._of(request), await self.json(request)
        self.only(body, {"is_mitigated", "mitigated", "false_p", "out_of_scope", "duplicate"})
        finding.update(body, active=False)
        return web.json_response(finding)

    async def _notes(self, request: web.Request) -> web.Response:
        finding = self._of(request)
        return web.json_response({"finding_id": finding["id"], "notes": [{"entry": text} for text in finding["notes"]]})

    async def _note(self, request: web.Request) -> web.Response:
        body = await self.json(request)
        self.only(body, {"entry", "private", "note_type"})
        self._of(request)["notes"].append(body["entry"])
        return web.json_response({}, status=201)
