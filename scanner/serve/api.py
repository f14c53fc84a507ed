"""The JSON API, version 1, and the OpenAPI document that describes it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from aiohttp import web

from scanner.core.errors import UsageError
from scanner.core.jsontext import Json
from scanner.history.answers import (
    ASSET_COLUMNS,
    DAY_COLUMNS,
    RUN_COLUMNS,
    SCHEMA,
    asset_row,
    day_row,
    fix_columns,
    fix_row,
    objects,
    run_row,
)
from scanner.history.lives import FINDING_COLUMNS, finding_row, since, story_object
from scanner.history.store import ask, figures
from scanner.history.store.assets import AssetPlace, assets
from scanner.history.store.walk import page
from scanner.net.clock import Clock
from scanner.serve.filters import ASSETS, COMPARED, PAGE, RUNS, Filter, read_page, read_run, read_text

Ask = Callable[[Callable[[Any], Any]], Awaitable[Any]]
_LONGEST = timedelta(days=3_652)


@dataclass(frozen=True, slots=True)
class Api:
    """What the paths below /api/v1 answer."""

    ask: Ask
    clock: Clock

    async def findings(self, request: web.Request) -> web.Response:
        """Answer /findings."""
        chosen, now = Filter.of(request.query), self.clock.utc()
        if wrong := chosen.misread(request.query, now):
            return _refused(wrong)
        wanted, (after, before) = chosen.wanted(now), chosen.places
        held = await self.ask(lambda connection: page(connection, wanted, size=PAGE, after=after, before=before))
        rows = objects(FINDING_COLUMNS, [finding_row(one) for one in held.rows])
        more = {"after": held.later and held.later.words, "before": held.earlier and held.earlier.words}
        return _json("findings", rows, total=held.total, **more)

    async def finding(self, request: web.Request) -> web.Response:
        """Answer /findings/FINGERPRINT."""
        try:
            story = await self.ask(lambda connection: ask.story(connection, request.match_info["fingerprint"]))
        except UsageError as error:
            return _refused(str(error), status=404)
        return web.json_response({"schema": SCHEMA, "question": "show", **story_object(story)})

    async def runs(self, request: web.Request) -> web.Response:
        """Answer /runs."""
        number = read_page(request.query)
        held = await self.ask(lambda connection: ask.runs(connection, limit=RUNS, offset=(number - 1) * RUNS))
        return _json("runs", objects(RUN_COLUMNS, [run_row(row) for row in held]))

    async def trend(self, request: web.Request) -> web.Response:
        """Answer /trend."""
        now = self.clock.utc()
        try:
            first = since(request.query.get("since", "30d")[:40], now)[:10]
        except UsageError as error:
            return _refused(str(error))
        days = await self.ask(lambda connection: list(figures.trend(connection, max(first, _oldest(now)), now[:10])))
        return _json("trend", objects(DAY_COLUMNS, [day_row(day) for day in days]))

    async def fix_time(self, request: web.Request) -> web.Response:
        """Answer /fix-time."""
        words = {by.value for by in figures.By}
        by = request.query.get("by", "severity")
        if by not in words:
            return _refused(f"by is one of {', '.join(sorted(words))}")
        lines = await self.ask(lambda connection: figures.fix_times(connection, figures.By(by)))
        return _json("fix-time", objects(fix_columns(by), [fix_row(line) for line in lines]))

    async def assets(self, request: web.Request) -> web.Response:
        """Answer /assets."""
        text, after = read_text(request.query, "text"), AssetPlace.read(request.query.get("after", ""))
        rows, later = await self.ask(lambda connection: assets(connection, text=text, size=ASSETS, after=after))
        held = objects(ASSET_COLUMNS, [asset_row(row) for row in rows])
        return _json("assets", held, after=later and later.words)

    async def compare(self, request: web.Request) -> web.Response:
        """Answer /compare."""
        earlier, later = (read_run(request.query, name) for name in ("earlier", "later"))
        if earlier is None or later is None:
            return _refused("earlier and later are numbers of runs, as /api/v1/runs has them")
        try:
            groups = await self.ask(lambda connection: ask.compared(connection, earlier, later, COMPARED))
        except UsageError as error:
            return _refused(str(error), status=404)
        rows: list[Json] = [
            {"fate": name.lower(), **dict(zip(FINDING_COLUMNS, finding_row(one), strict=True))}
            for name, group in groups.items()
            for one in group.rows
        ]
        totals: dict[str, Json] = {name.lower(): group.total for name, group in groups.items()}
        return _json("compare", rows, totals=totals)


def routes(question: Ask, clock: Clock) -> list[web.RouteDef]:
    """Return the paths below /api/v1."""
    api = Api(question, clock)
    return [
        web.get("/api/v1/findings", api.findings),
        web.get("/api/v1/findings/{fingerprint:[0-9a-f]{8,64}}", api.finding),
        web.get("/api/v1/runs", api.runs),
        web.get("/api/v1/assets", api.assets),
        web.get("/api/v1/compare", api.compare),
        web.get("/api/v1/trend", api.trend),
        web.get("/api/v1/fix-time", api.fix_time),
    ]


def _oldest(now: str) -> str:
    """Return the first day that a trend may begin with: ten years of days are enough for one answer."""
    return (date.fromisoformat(now[:10]) - _LONGEST).isoformat()


def _refused(why: str, status: int = 400) -> web.Response:
    return web.json_response({"error": why}, status=status)


def _json(name: str, rows: list[Json], **more: Json) -> web.Response:
    return web.json_response({"schema": SCHEMA, "question": name, **more, "rows": rows})
