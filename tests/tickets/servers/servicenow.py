"""ServiceNow's Table API for incidents, the parts that matter; unknown fields are refused here, not ignored."""

import re
from base64 import b64encode
from typing import ClassVar

from aiohttp import web

from tests.tickets.servers.strict import Seen, Strict

USER, PASSWORD = "exposure.bot", "servicenow-secret-of-the-test"
GROUP = "d625dccec0a8016700a222a0f7900d06"
CREATE = {
    "short_description",
    "description",
    "correlation_id",
    "correlation_display",
    "assignment_group",
    "assigned_to",
    "category",
    "due_date",
    "impact",
    "urgency",
}
EDIT = {"short_description", "description", "impact", "urgency", "work_notes", "state", "close_code", "close_notes"}
QUERY = {"sysparm_query", "sysparm_fields", "sysparm_limit", "sysparm_offset", "sysparm_exclude_reference_link"}


class ServiceNowServer(Strict):
    tracker = "servicenow"
    closing = ("GET", "PATCH")
    environment: ClassVar = {"SN_PASSWORD": PASSWORD}
    write_path = "/table/incident"
    secret = PASSWORD

    def __init__(self) -> None:
        super().__init__()
        self.records: list[dict] = []
        base = "/api/now/table/incident"
        self.app.add_routes(
            [
                web.get(base, self._list),
                web.post(base, self._create),
                web.get(f"{base}/{{id}}", self._get),
                web.patch(f"{base}/{{id}}", self._edit),
            ]
        )

    def config(self) -> str:
        return f"""
url = "{self.url}"
project = "{GROUP}"
type = "network"
[credentials]
user = "{USER}"
secret_env = "SN_PASSWORD"
[priority]
critical = "1"
high = "2"
"""

    def authorize(self, request: web.Request) -> None:
        self.header(request, "Authorization", f"Basic {b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}")
        self.header(request, "Accept", "application/json", 406)

    def seen(self) -> list[Seen]:
        return [
            Seen(
                one["short_description"],
                one["description"],
                "closed" if one["state"] in {"6", "7", "8"} else "open",
                one["notes"],
            )
            for one in self.records
        ]

    def decline(self, index: int) -> None:
        self.records[index]["state"] = "8"

    def crowd(self, bodies: list[str]) -> None:
        for body in bodies:
            key = re.search(r"exposure-[0-9a-f]{32}", body).group()
            self._add({"short_description": "old", "description": body, "correlation_id": key})

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        self.only(query, QUERY, "parameter")
        found = [one for one in self.records if self._fits(one, query["sysparm_query"])]
        start, size = int(query["sysparm_offset"]), int(query["sysparm_limit"])
        fields = query["sysparm_fields"].split(",")
        page = [{name: one[name] for name in fields} for one in found[start : start + size]]
        headers = {"X-Total-Count": str(len(found))}
        if start + size < len(found):
            headers["Link"] = f'<{request.url.update_query(sysparm_offset=start + size)}>;rel="next"'
        return web.json_response({"result": page}, headers=headers)

    def _fits(self, record: dict, query: str) -> bool:
        for part in query.split("^"):
            if part == "ORDERBYsys_created_on":
                continue
            match = re.fullmatch(r"(correlation_id|state)(STARTSWITH|NOT IN|IN)(.*)", part)
            if match is None:
                self.fail(f"query: {part}")
            value = record[match[1]]
            among = value in match[3].split(",")
            if not {"STARTSWITH": value.startswith(match[3]), "IN": among, "NOT IN": not among}[match[2]]:
                return False
        return True

    async def _create(self, request: web.Request) -> web.Response:
        body = await self.json(request)
        self.only(body, CREATE)
        if (
            body["assignment_group"] != GROUP
            or len(body["short_description"]) > 160
            or len(body["description"]) > 4_000
        ):
            self.fail("a value is too long or unknown")
        return web.json_response({"result": self._add(body)}, status=201)

    def _add(self, body: dict) -> dict:
        number = len(self.records) + 1
        record = {
            "assignment_group": GROUP,
            **body,
            "sys_id": f"{number:032x}",
            "number": f"INC{number:07}",
            "state": "1",
            "sys_created_on": f"2026-03-01 00:{number // 60 % 60:02}:{number % 60:02}",
            "notes": [],
        }
        self.records.append(record)
        return record

    def _of(self, request: web.Request) -> dict:
        for record in self.records:
            if record["sys_id"] == request.match_info["id"]:
                return record
        return self.fail("No Record found", 404)

    async def _get(self, request: web.Request) -> web.Response:
        record = self._of(request)
        return web.json_response(
            {"result": {name: record[name] for name in request.query["sysparm_fields"].split(",")}}
        )

    async def _edit(self, request: web.Request) -> web.Response:
        record, body = self._of(request), await self.json(request)
        self.only(body, EDIT)
        if len(body.get("description", "")) > 4_000:
            self.fail("description is too long")
        if body.get("state") == "6" and not (body.get("close_code") and body.get("close_notes")):
            self.fail("Data Policy Exception: close_code and close_notes are mandatory", 403)
        if "[code]" in body.get("work_notes", "").lower():
            raise AssertionError("the note would be rendered as HTML")
        record["notes"].append(body.pop("work_notes"))
        record.update(body)
        return web.json_response({"result": record})
