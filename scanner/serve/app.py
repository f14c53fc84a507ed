"""The server: paths, what they ask the history for, and the forms of the answer."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from typing import Any

from aiohttp import web

from scanner.core.errors import ScannerError, UsageError
from scanner.history.store import ask, figures
from scanner.history.store.assets import AssetPlace, assets
from scanner.history.store.life import NOT_GONE
from scanner.history.store.metrics import exposition
from scanner.history.store.open import Store
from scanner.history.store.walk import Wanted, page
from scanner.net.clock import Clock
from scanner.serve import frame, pages
from scanner.serve.api import routes
from scanner.serve.entrance import USER, Entrance
from scanner.serve.filters import ASSETS, COMPARED, PAGE, RUNS, Filter, read_page, read_run, read_text
from scanner.serve.openapi import openapi

_DAYS = 90
_MOST_BODY = 16 << 10
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Site:
    """What the handlers share."""

    store: Store
    entrance: Entrance
    clock: Clock

    async def ask(self, question: Callable[[Any], Any]) -> Any:
        """Ask the history in a thread of its own, so that a slow disk holds up nobody else."""

        def answer() -> Any:
            with self.store.reading() as connection:
                return question(connection)

        return await asyncio.to_thread(answer)

    def html(self, request: web.Request, title: str, body: Iterable[str], here: str = "") -> web.Response:
        """Return a page."""
        text = frame.page(title, body, here=here, user=request.get(USER, ""))
        return web.Response(text=text, content_type="text/html")

    async def overview(self, request: web.Request) -> web.Response:
        """Answer `/`."""
        now = self.clock.utc()
        first = (date.fromisoformat(now[:10]) - timedelta(days=_DAYS)).isoformat()

        def question(connection: Any) -> list[str]:
            stands = pages.Standing(
                counts=ask.open_by_severity(connection),
                days=list(figures.trend(connection, first, now[:10])),
                covered=figures.coverage(connection, first, now[:10]),
                fixes=figures.fix_times(connection, figures.By.SEVERITY),
                oldest=list(ask.oldest(connection, 10)),
                last=ask.latest_run(connection),
            )
            return list(pages.overview(stands, now))

        return self.html(request, "Overview", await self.ask(question), "/")

    async def findings(self, request: web.Request) -> web.Response:
        """Answer `/findings`."""
        chosen, now = Filter.of(request.query), self.clock.utc()
        wanted, (after, before) = chosen.wanted(now), chosen.places

        def question(connection: Any) -> list[str]:
            held = page(connection, wanted, size=PAGE, after=after, before=before)
            return list(pages.findings(held, chosen, ask.owners(connection), now))

        return self.html(request, "Findings", await self.ask(question), "/findings")

    async def finding(self, request: web.Request) -> web.Response:
        """Answer `/findings/FINGERPRINT`."""
        now = self.clock.utc()
        try:
            story = await self.ask(lambda connection: ask.story(connection, request.match_info["fingerprint"]))
        except UsageError as error:
            raise web.HTTPNotFound(text=f"{error}\n") from None
        return self.html(request, story.held.title, pages.finding(story, now), "/findings")

    async def runs(self, request: web.Request) -> web.Response:
        """Answer `/runs`."""
        number = read_page(request.query)
        rows = await self.ask(lambda connection: ask.runs(connection, limit=RUNS + 1, offset=(number - 1) * RUNS))
        return self.html(request, "Runs", pages.runs(rows, number), "/runs")

    async def compare(self, request: web.Request) -> web.Response:
        """Answer `/runs/compare`."""
        earlier, later = (read_run(request.query, name) for name in ("earlier", "later"))
        if earlier is None or later is None:
            raise web.HTTPBadRequest(text="choose two runs\n")
        pair = (earlier, later)
        now = self.clock.utc()

        def question(connection: Any) -> list[str]:
            groups = ask.compared(connection, pair[0], pair[1], COMPARED)
            first, second = (ask.run_of(connection, one) for one in pair)
            return list(pages.comparison(first, second, groups, now))

        try:
            return self.html(request, "Two runs", await self.ask(question), "/runs")
        except UsageError as error:
            raise web.HTTPNotFound(text=f"{error}\n") from None

    async def assets(self, request: web.Request) -> web.Response:
        """Answer `/assets`."""
        text, after = read_text(request.query, "text"), AssetPlace.read(request.query.get("after", ""))
        rows, later = await self.ask(lambda connection: assets(connection, text=text, size=ASSETS, after=after))
        return self.html(request, "Assets", pages.assets(rows, text, later and later.words), "/assets")

    async def accepted(self, request: web.Request) -> web.Response:
        """Answer `/accepted`."""
        chosen, wanted = Filter.of(request.query), Wanted(shows=NOT_GONE, accepted=True)
        after, before = chosen.places
        held = await self.ask(lambda connection: page(connection, wanted, size=PAGE, after=after, before=before))
        return self.html(request, "Accepted", pages.accepted(held, self.clock.utc()), "/accepted")

    async def times(self, request: web.Request) -> web.Response:
        """Answer `/times`."""
        words = {by.value: by for by in figures.By}
        by = words.get(request.query.get("by", ""), figures.By.OWNER)
        lines = await self.ask(lambda connection: figures.fix_times(connection, by))
        return self.html(request, "Time to fix", pages.times(lines, by, self.clock.utc()), "/times")

    async def metrics(self, _request: web.Request) -> web.Response:
        """Answer `/metrics`."""
        text = await self.ask(lambda connection: exposition(connection, self.clock.utc()))
        return web.Response(text=text, content_type="text/plain", charset="utf-8")

    async def login_page(self, request: web.Request) -> web.Response:
        """Answer GET `/login`; whoever is signed in already goes on."""
        if request.get(USER):
            raise web.HTTPSeeOther("/")
        return web.Response(text=frame.login(token=bool(self.entrance.token)), content_type="text/html")

    async def login(self, request: web.Request) -> web.Response:
        """Answer POST `/login`."""
        if request.content_type != _FORM:
            raise web.HTTPUnsupportedMediaType(text="send the form of the page\n")
        try:
            form = await request.post()
        except (ValueError, LookupError):
            # In another encoding than it says, or in one that nobody knows.
            raise web.HTTPBadRequest(text="that is no form\n") from None
        name, secret = (str(form.get(field, ""))[:1_024] for field in ("name", "secret"))
        session, wait_s = await self.entrance.sign_in(name, secret, request.remote or "")
        if session is None:
            status = 429 if wait_s else 401
            told = f"Too many tries: wait {wait_s:.0f} s." if wait_s else "That was not right."
            headers = {"Retry-After": f"{wait_s + 1:.0f}"} if wait_s else {}
            text = frame.login(told, token=bool(self.entrance.token))
            return web.Response(text=text, content_type="text/html", status=status, headers=headers)
        response = web.Response(status=303, headers={"Location": "/"})
        response.set_cookie(
            self.entrance.cookie, session, secure=self.entrance.tls, httponly=True, samesite="Strict", path="/"
        )
        return response

    async def logout(self, request: web.Request) -> web.Response:
        """Answer POST `/logout`."""
        self.entrance.sessions.end(request.cookies.get(self.entrance.cookie, ""))
        response = web.Response(status=303, headers={"Location": "/login"})
        response.del_cookie(self.entrance.cookie, path="/", secure=self.entrance.tls, httponly=True, samesite="Strict")
        return response


def make_app(store: Store, entrance: Entrance, clock: Clock | None = None) -> web.Application:
    """Return the application."""
    site = Site(store, entrance, clock or Clock())
    app = web.Application(client_max_size=_MOST_BODY, middlewares=[entrance.guarded(), _one_line])
    app.add_routes(
        [
            web.get("/", site.overview),
            web.get("/findings", site.findings),
            web.get("/findings/{fingerprint:[0-9a-f]{8,64}}", site.finding),
            web.get("/runs", site.runs),
            web.get("/runs/compare", site.compare),
            web.get("/assets", site.assets),
            web.get("/accepted", site.accepted),
            web.get("/times", site.times),
            web.get("/metrics", site.metrics),
            web.get("/login", site.login_page),
            web.post("/login", site.login),
            web.post("/logout", site.logout),
            web.get("/style.css", _style),
            web.get("/healthz", _healthy),
            web.get("/favicon.ico", _no_icon),
            web.get("/api/v1/openapi.json", _described),
            *routes(site.ask, site.clock),
        ]
    )
    return app


async def _style(_request: web.Request) -> web.Response:
    shared = resources.files("scanner.report.assets").joinpath("report.css").read_text("utf-8")
    own = resources.files("scanner.serve").joinpath("style.css").read_text("utf-8")
    return web.Response(text=shared + own, content_type="text/css")


async def _described(_request: web.Request) -> web.Response:
    return web.json_response(openapi())


async def _no_icon(_request: web.Request) -> web.Response:
    """Answer what browsers ask for by themselves: a refusal would stand on their console as an error."""
    return web.Response(status=204)


async def _healthy(_request: web.Request) -> web.Response:
    return web.Response(text="ok\n")


@web.middleware
async def _one_line(request: web.Request, handler: Any) -> web.StreamResponse:
    """Answer a fault in a line: nobody sees a traceback, and the store's own words are for its owner alone."""
    try:
        answer: web.StreamResponse = await handler(request)
    except ScannerError:
        raise web.HTTPServiceUnavailable(text="the history can't be read now\n") from None
    return answer
