"""A receiver of webhooks that checks signatures, and knows an event again."""

import hashlib
import hmac
import json
from typing import ClassVar

from aiohttp import web

from tests.support.schemas import strict_validator
from tests.tickets.servers.strict import Seen, Strict

EVENTS = strict_validator("ticket-event-v1.json")
SECRET = "hook-secret-of-the-test"


class HookServer(Strict):
    tracker = "webhook"
    environment: ClassVar = {"HOOK_SECRET": SECRET}
    write_path = "/hook"
    secret = SECRET

    def __init__(self) -> None:
        super().__init__()
        self.known: set[str] = set()
        self.events: list[dict] = []
        self.tickets: dict[str, Seen] = {}
        self.app.add_routes([web.post("/hook", self._event)])

    def config(self) -> str:
        return f"""
url = "{self.url}/hook"
project = "queue"
[credentials]
secret_env = "HOOK_SECRET"
[webhook]
state_file = "sent.jsonl"
"""

    def authorize(self, request: web.Request) -> None:
        if request.content_type != "application/json":
            self.fail("not JSON", 415)

    def seen(self) -> list[Seen]:
        return list(self.tickets.values())

    async def _event(self, request: web.Request) -> web.Response:
        data = await request.read()
        signed = request.headers["X-Exposure-Timestamp"].encode() + b"." + data
        signature = f"sha256={hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()}"
        if not hmac.compare_digest(signature, request.headers["X-Exposure-Signature"]):
            self.fail("the signature is wrong", 401)
        event = json.loads(data)
        wrong = next(EVENTS.iter_errors(event), None)
        if wrong is not None:
            self.fail(f"not as docs/schema/ticket-event-v1.json says: {wrong.message}", 422)
        if request.headers["X-Exposure-Event"] in self.known:
            return web.Response(status=204)
        self.events.append(event)
        self.known.add(request.headers["X-Exposure-Event"])
        ticket = self.tickets.get(event["key"])
        if (event["event"] == "create") is (ticket is not None):
            self.fail("created twice, or changed before it was created", 409)
        if ticket is None:
            ticket = self.tickets[event["key"]] = Seen("", "", "", [])
        ticket.title, ticket.body = event.get("title", ticket.title), event.get("text", ticket.body)
        ticket.severity = event.get("severity", ticket.severity)
        ticket.state = event["state"]
        if event["comment"]:
            ticket.comments.append("\n".join(event["comment"]))
        return web.Response(status=204)
