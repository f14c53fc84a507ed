"""Icons decide whom to ask and nothing else: real requests to servers that show one, rightly or not."""

import base64
import gzip
from collections import Counter
from dataclasses import replace
from ipaddress import ip_address

import mmh3
import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.finding import Status
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer
from scanner.probes.http_check import CONTROL_PATH
from scanner.probes.identify_http import describe
from scanner.probes.runner import Runner
from tests.probes.test_decoys import judged
from tests.support.look import LOOPBACK, REGISTRY
from tests.support.probes import RULE
from tests.support.servers import listening

ICON = b"\0\0\1\0" + bytes(range(200))
HASH = mmh3.hash(base64.encodebytes(ICON))
IMAGE = "Content-Type: image/x-icon"
PAGE = b'<!doctype html><html><head><title>Our portal</title><link rel="icon" href="img/i.png"></head></html>'
FRONT = ("200 OK", ("Content-Type: text/html",), PAGE)


def answer(status, headers, body):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def site(pages, asked):
    """Return a server that knows some pages, and counts what it is asked for."""

    async def serve(reader, writer):
        while True:
            path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
            asked[path] += 1
            writer.write(answer(*pages.get(path, ("404 Not Found", (), b"no"))))
            await writer.drain()

    return serve


async def ask_portal(talk):
    """Recognise a product whose front page says nothing."""
    shown = await talk.get("/api/portal")
    if not shown.has("portal-9"):
        return None
    return Facts(access=Access.DATA, product="Portal", proof=(Exchange("GET /api/portal", "200, portal-9"),))


PORTAL = Probe(
    id="portal",
    title="Portal",
    ports=tcp(1),
    sends=(get("/api/portal"),),
    rules=(RULE,),
    ask_http=ask_portal,
    icons=(HASH,),
)
SILENT = [replace(PORTAL, id=f"other-{number}", icons=()) for number in range(4)]


async def look_at(pages, *, probes=(PORTAL, *SILENT), base_path=""):
    asked = Counter()
    async with listening(site(pages, asked), 0) as (address, port):
        endpoint = Endpoint(ip_address(address), port, base_path=base_path)
        return await Runner(probes, LOOPBACK).observe(endpoint), asked


async def test_the_icon_that_a_page_links_to_leads_to_its_product():
    api = ("200 OK", (), b"portal-9")
    look, asked = await look_at({"/": FRONT, "/img/i.png": ("200 OK", (IMAGE,), ICON), "/api/portal": api})
    row, findings = judged(look)
    assert (row.service, row.status, len(findings)) == ("portal", Status.EXPOSED, 1)
    assert row.evidence == {"favicon_mmh3": HASH}
    assert findings[0].evidence == {}
    assert asked["/img/i.png"] == 1
    assert "/favicon.ico" not in asked


async def test_the_usual_icon_below_a_path_leads_there_too():
    pages = {
        "/app/": ("302 Found", ("Location: /app/login",), b""),
        "/app/favicon.ico": ("200 OK", (IMAGE,), ICON),
        "/app/api/portal": ("200 OK", (), b"portal-9"),
    }
    look, asked = await look_at(pages, base_path="/app")
    assert look.probe is PORTAL
    assert all(path.startswith("/app/") for path in asked)


async def test_a_front_page_that_leads_to_a_missing_one_is_known_by_its_own_icon():
    pages = {
        "/": ("302 Found", ("Location: /login",), b""),
        "/favicon.ico": ("200 OK", (IMAGE,), ICON),
        "/api/portal": ("200 OK", (), b"portal-9"),
    }
    look, asked = await look_at(pages)
    assert look.probe is PORTAL
    assert asked["/login"] == 1


async def test_an_icon_alone_is_open_and_its_hash_is_told():
    look, asked = await look_at({"/": FRONT, "/img/i.png": ("200 OK", (IMAGE,), ICON)})
    row, findings = judged(look)
    assert (row.status, row.service, findings) == (Status.OPEN, None, ())
    assert f"favicon {HASH}" in row.note
    assert row.evidence == {"favicon_mmh3": HASH}
    assert asked["/api/portal"] == 1


@pytest.mark.parametrize("port", [0, 8080, 9090])
async def test_the_icons_of_all_products_on_a_strange_page_are_no_verdict(port):
    everybody = [replace(probe, icons=(HASH, *probe.icons)) for probe in REGISTRY.probes if probe.ask_http]
    asked = Counter()
    async with listening(site({"/": FRONT, "/img/i.png": ("200 OK", (IMAGE,), ICON)}, asked), port) as (address, there):
        look = await Runner(everybody, LOOPBACK).observe(Endpoint(ip_address(address), there))
    row, findings = judged(look)
    assert (row.status, row.service, findings) == (Status.OPEN, None, ())
    assert sum(asked.values()) <= 20, asked


async def test_marks_that_lead_to_the_product_need_no_icon():
    marked = replace(PORTAL, fingerprints=(Fingerprint(title="Our portal"),))
    look, asked = await look_at({"/": FRONT, "/api/portal": ("200 OK", (), b"portal-9")}, probes=(marked, *SILENT))
    assert look.probe is marked
    assert look.icon is None
    assert set(asked) - {"/", "/api/portal"} <= {CONTROL_PATH}


async def test_a_catch_all_page_has_no_icon_and_stays_flagged():
    look, _ = await look_at(dict.fromkeys(("/", "/img/i.png", "/api/portal"), FRONT))
    assert look.icon is None
    assert judged(look)[0].status is Status.OPEN


async def test_a_proof_is_not_doubted_for_the_icon_that_every_path_shows():
    # A server that has one image for all unknown paths, the control path among them.
    async def serve(reader, writer):
        while True:
            path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
            known = {b"/": FRONT, b"/api/portal": ("200 OK", (), b"portal-9")}
            writer.write(answer(*known.get(path, ("200 OK", (IMAGE,), ICON))))
            await writer.drain()

    nameless = replace(PORTAL, ask_http=_without_proof)
    async with listening(serve, 0) as (address, port):
        look = await Runner((nameless, *SILENT), LOOPBACK).observe(Endpoint(ip_address(address), port))
    assert look.probe is nameless
    assert look.decoy is None


async def _without_proof(talk):
    facts = await ask_portal(talk)
    return replace(facts, proof=()) if facts else None


async def endless(writer):
    writer.write(f"HTTP/1.1 200 OK\r\n{IMAGE}\r\n\r\n".encode())
    while True:
        writer.write(bytes(65_536))
        await writer.drain()


async def huge(writer):
    writer.write(f"HTTP/1.1 200 OK\r\n{IMAGE}\r\nContent-Length: {1 << 33}\r\n\r\n".encode() + bytes(1 << 20))
    await writer.drain()


async def cut(writer):
    writer.write(f"HTTP/1.1 200 OK\r\n{IMAGE}\r\nContent-Length: 5000\r\n\r\n".encode() + ICON)
    writer.close()


async def no_http(writer):
    writer.write(b"\x89PNG\r\n\x1a\n" * 100)
    writer.close()


async def bomb(writer):
    body = gzip.compress(bytes(10 << 20))
    writer.write(
        f"HTTP/1.1 200 OK\r\n{IMAGE}\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    )
    writer.write(body)


@pytest.mark.parametrize("misbehave", [endless, huge, cut, no_http, bomb], ids=lambda one: one.__name__)
async def test_a_hostile_icon_is_survived_and_changes_nothing(misbehave):
    async def serve(reader, writer):
        while True:
            path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
            if path == b"/img/i.png":
                await misbehave(writer)
            else:
                writer.write(answer(*(FRONT if path == b"/" else ("404 Not Found", (), b"no"))))
            await writer.drain()

    async with listening(serve, 0) as (address, port):
        look = await Runner((PORTAL, *SILENT), LOOPBACK).observe(Endpoint(ip_address(address), port))
    assert judged(look)[0].status is Status.OPEN
    assert look.problems == ()
    assert look.icon is None or misbehave is bomb


async def test_an_icon_that_leads_elsewhere_is_not_followed():
    there = Counter()
    async with listening(site({}, there), 0) as (elsewhere, port):
        moved = ("302 Found", (f"Location: http://{elsewhere}:{port}/i.png",), b"")
        look, asked = await look_at({"/": FRONT, "/img/i.png": moved})
    assert look.icon is None
    assert asked["/img/i.png"] == 1
    assert not there


@pytest.mark.parametrize(
    ("front", "icon", "said"),
    [
        (HttpAnswer(status=200), None, "HTTP 200"),
        (HttpAnswer(status=200, body=b"<title>Our  portal</title>"), 7, "HTTP 200, title 'Our  portal', favicon 7"),
        (HttpAnswer(status=302, headers=(("location", "/a\x1b[2J"),)), None, "HTTP 302, redirects to /a\\x1b[2J"),
        (HttpAnswer(status=403, headers=(("server", "x" * 99),)), None, f"HTTP 403, server {'x' * 77}..."),
        (HttpAnswer(status=502), None, "HTTP 502: a gateway answers, what stands behind it does not"),
    ],
)
def test_an_unknown_page_is_described_in_clean_words(front, icon, said):
    found = describe(front, icon)
    assert found.isprintable()
    assert found.split("x" * 70)[0] == said.split("x" * 70)[0]
    assert len(found) < 400


async def test_a_page_below_a_prefix_is_asked_there_and_that_is_said():
    pages = {
        "/": ("302 Found", ("Location: /portal/home",), b""),
        "/portal/home": FRONT,
        "/portal/img/i.png": ("200 OK", (IMAGE,), ICON),
        "/portal/api/portal": ("200 OK", (), b"portal-9"),
    }
    marked = replace(PORTAL, fingerprints=(Fingerprint(title="Our portal"),))
    seen, asked = await look_at(pages, probes=(marked, *SILENT))
    assert seen.facts.product == "Portal"
    assert "below /portal" in seen.note
    assert asked["/portal/api/portal"] >= 1
    assert asked["/api/portal"] == 0
