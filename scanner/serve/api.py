"""The JSON API, version 1, and the OpenAPI document that describes it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from aiohttp import web

from scanner.core.errors import UsageError
from scanner.core.jsontext import Json
from scanner.history.answers import DAY_COLUMNS, RUN_COLUMNS, SCHEMA, day_row, fix_columns, fix_row, objects, run_row
from scanner.history.lives import FINDING_COLUMNS, finding_row, since, story_object
from scanner.history.store import ask, figures
from scanner.net.clock import Clock
from scanner.serve.filters import PAGE, Filter

Ask = Callable[[Callable[[Any], Any]], Awaitable[Any]]
_LONGEST = timedelta(days=3_652)


@dataclass(frozen=True, slots=True)
class Api:
    """What the paths below /api/v1 answer."""

    ask: Ask
    clock: Clock

    async def findings(self, request: web.Request) -> web.Response:
        """Answer /findings."""
        chosen = Filter.of(request.query)
        wanted = chosen.wanted(self.clock.utc())

        def answer(connection: Any) -> tuple[int, list[Json]]:
            held = ask.findings(connection, wanted, limit=PAGE, offset=(chosen.page - 1) * PAGE)
            rows = objects(FINDING_COLUMNS, [finding_row(one) for one in held])
            return ask.count(connection, wanted), rows

        total, rows = await self.ask(answer)
        return _json("findings", rows, total=total, page=chosen.page)

    async def finding(self, request: web.Request) -> web.Response:
        """Answer /findings/FINGERPRINT."""
        try:
            story = await self.ask(lambda connection: ask.story(connection, request.match_info["fingerprint"]))
        except UsageError as error:
            return web.json_response({"error": str(error)}, status=404)
        return web.json_response({"schema": SCHEMA, "question": "show", **story_object(story)})

    async def runs(self, _request: web.Request) -> web.Response:
        """Answer /runs."""
        held = await self.ask(lambda connection: ask.runs(connection, limit=1_000))
        return _json("runs", objects(RUN_COLUMNS, [run_row(row) for row in held]))

    async def trend(self, request: web.Request) -> web.Response:
        """Answer /trend."""
        now = self.clock.utc()
        try:
            first = since(request.query.get("since", "30d")[:40], now)[:10]
        except UsageError as error:
            return web.json_response({"error": str(error)}, status=400)
        days = await self.ask(lambda connection: list(figures.trend(connection, max(first, _oldest(now)), now[:10])))
        return _json("trend", objects(DAY_COLUMNS, [day_row(day) for day in days]))

    async def fix_time(self, request: web.Request) -> web.Response:
        """Answer /fix-time."""
        words = {by.value for by in figures.By}
        by = request.query.get("by", "severity")
        if by not in words:
            return web.json_response({"error": f"by is one of {', '.join(sorted(words))}"}, status=400)
        lines = await self.ask(lambda connection: figures.fix_times(connection, figures.By(by)))
        return _json("fix-time", objects(fix_columns(by), [fix_row(line) for line in lines]))


def routes(question: Ask, clock: Clock) -> list[web.RouteDef]:
    """Return the paths below /api/v1."""
    api = Api(question, clock)
    return [
        web.get("/api/v1/findings", api.findings),
        web.get("/api/v1/findings/{fingerprint:[0-9a-f]{8,64}}", api.finding),
        web.get("/api/v1/runs", api.runs),
        web.get("/api/v1/trend", api.trend),
        web.get("/api/v1/fix-time", api.fix_time),
    ]


def _oldest(now: str) -> str:
    """Return the first day that a trend may begin with: ten years of days are enough for one answer."""
    return (date.fromisoformat(now[:10]) - _LONGEST).isoformat()


def _json(name: str, rows: list[Json], **more: Json) -> web.Response:
    return web.json_response({"schema": SCHEMA, "question": name, **more, "rows": rows})
