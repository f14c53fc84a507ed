import base64
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.endpoint import Endpoint
from scanner.core.quirk import Cut
from scanner.core.sends import Verb
from scanner.core.talk import HttpAnswer
from scanner.net.guard import Guard
from scanner.probes.icon import ICON_SENDS, USUAL_PATH, icon_hash, icon_path

HERE = Endpoint(ip_address("10.0.0.5"), 8080)
BELOW = Endpoint(ip_address("10.0.0.5"), 8080, host="box.example", base_path="/app")
ICON = bytes(range(256))


def page(link="", *, status=200, headers=(), kind="text/html; charset=utf-8"):
    body = f"<!doctype html><html><head><title>x</title>{link}</head></html>".encode("utf-8", "surrogatepass")
    return HttpAnswer(status=status, headers=(("content-type", kind), *headers), body=body)


def image(body=ICON, *, status=200, kind="image/x-icon", cut=None):
    return HttpAnswer(status=status, headers=(("content-type", kind),), body=body, cut=cut)


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("", USUAL_PATH),
        ('<link rel="icon" href="static/logo-32.png">', "/static/logo-32.png"),
        ("<LINK HREF='/a/b.ico' REL='shortcut icon'/>", "/a/b.ico"),
        ("<link rel=icon href=./f.svg type=image/svg+xml>", "/f.svg"),
        ('<link\n rel="icon"\n href="/x.ico?v=1#top"\n>', "/x.ico"),
        ('<link rel="stylesheet" href="/a.css"><link rel="icon" href="/x.png">', "/x.png"),
        ('<link rel="apple-touch-icon" href="/touch.png">', USUAL_PATH),
        ('<link rel="icon" href="http://10.0.0.5:8080/own.ico">', "/own.ico"),
        # Somewhere else, or nothing that is called an image: what is usual is asked instead.
        ('<link rel="icon" href="//cdn.example/x.ico">', USUAL_PATH),
        ('<link rel="icon" href="http://10.0.0.6:8080/x.ico">', USUAL_PATH),
        ('<link rel="icon" href="http://10.0.0.5:9999/x.ico">', USUAL_PATH),
        ('<link rel="icon" href="http://user@10.0.0.5:8080/x.ico">', USUAL_PATH),
        ('<link rel="icon" href="http://[/x.ico">', USUAL_PATH),
        ('<link rel="icon" href="file:///etc/x.ico">', USUAL_PATH),
        ('<link rel="icon" href="javascript:x.ico">', USUAL_PATH),
        ('<link rel="icon" href="/-/quit">', USUAL_PATH),
        ('<link rel="icon" href="/app?action=delete&x=.ico">', USUAL_PATH),
        ('<link rel="icon" href="/a/%2e%2e/b.ico">', USUAL_PATH),
        ('<link rel="icon" href="/a\r\nHost: evil/x.ico">', USUAL_PATH),
        ('<link rel="icon" href="/a;b/x.ico">', USUAL_PATH),
        ('<link rel="icon" href="/\u202e/x.ico">', USUAL_PATH),
        ('<link rel="icon" href="/1/2/3/4/5/6/7.ico">', USUAL_PATH),
        (f'<link rel="icon" href="/{"a" * 200}.ico">', USUAL_PATH),
        # A page that brings its icon along, or says that it has none.
        ('<link rel="icon" href="data:,">', None),
    ],
)
def test_the_icon_is_asked_for_on_the_same_host_and_by_an_images_name_alone(link, path):
    assert icon_path(page(link), HERE) == path


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("", USUAL_PATH),
        ('<link rel="icon" href="x.ico">', "/x.ico"),
        ('<link rel="icon" href="/app/img/x.ico">', "/img/x.ico"),
        ('<link rel="icon" href="/x.ico">', USUAL_PATH),
        ('<link rel="icon" href="../x.ico">', USUAL_PATH),
        ('<link rel="icon" href="/application/x.ico">', USUAL_PATH),
        ('<link rel="icon" href="http://box.example:8080/app/x.ico">', "/x.ico"),
        ('<link rel="icon" href="http://box.example/app/x.ico">', "/x.ico"),
        ('<link rel="icon" href="http://elsewhere.example:8080/app/x.ico">', USUAL_PATH),
    ],
)
def test_the_icon_is_asked_for_below_the_targets_path_alone(link, path):
    assert icon_path(page(link), BELOW) == path


@pytest.mark.parametrize(
    ("front", "path"),
    [
        (HttpAnswer(status=302, headers=(("location", "/login"),)), USUAL_PATH),
        (HttpAnswer(status=302, headers=(("location", "http://10.0.0.5:8080/ui/"),)), USUAL_PATH),
        (HttpAnswer(status=302, headers=(("location", "https://elsewhere.example/"),)), None),
        (HttpAnswer(status=302, headers=(("location", "//elsewhere.example/"),)), None),
        (HttpAnswer(status=302), None),
        (HttpAnswer(status=403, body=b"<html><body>Forbidden"), USUAL_PATH),
        (page(status=502), None),
        (HttpAnswer(status=200, body=b'{"status": "ok"}'), None),
        (HttpAnswer(status=404, body=b"404 page not found\n"), None),
    ],
)
def test_only_a_web_page_has_an_icon(front, path):
    assert icon_path(front, HERE) == path


@given(st.text(max_size=80), st.sampled_from([HERE, BELOW]))
def test_whatever_a_page_links_to_the_path_is_on_the_allow_list(href, endpoint):
    path = icon_path(page(f'<link rel="icon" href="{href}">'), endpoint)
    if path is not None:
        Guard("identify", ICON_SENDS, endpoint).demand(Verb.GET, path.encode())
        assert ".." not in path.split("/")


@given(st.binary(max_size=3_000))
def test_any_page_is_read_or_passed_over(body):
    answer = HttpAnswer(status=200, headers=(("content-type", "text/html"),), body=b"<link rel=icon " + body)
    icon_path(answer, HERE)


@pytest.mark.parametrize(
    "answer",
    [
        image(status=404),
        image(status=302),
        image(b""),
        image(cut=Cut.SIZE),
        image(kind="text/html"),
        image(b"<!DOCTYPE HTML><HTML>the same page for every path</HTML>", kind="image/x-icon"),
        image(page().body),
    ],
)
def test_what_is_no_whole_image_has_no_hash(answer):
    assert icon_hash(answer, page()) is None


def murmur3_x86_32(data: bytes) -> int:
    """The reference algorithm by Austin Appleby (public domain), as its description has it."""
    low = 0xFFFF_FFFF

    def mixed(block: int) -> int:
        block = block * 0xCC9E2D51 & low
        return ((block << 15 | block >> 17) & low) * 0x1B873593 & low

    state = 0
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        state ^= mixed(int.from_bytes(data[at : at + 4], "little"))
        state = ((state << 13 | state >> 19) & low) * 5 + 0xE6546B64 & low
    state ^= mixed(int.from_bytes(data[whole:], "little")) ^ len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        state = (state ^ state >> shift) * factor & low
    return state - (1 << 32) if state >> 31 else state


@given(st.binary(min_size=1, max_size=400))
def test_the_hash_is_the_one_that_search_engines_keep(body):
    if b"<html" not in body.lower():
        assert icon_hash(image(body), page()) == murmur3_x86_32(base64.encodebytes(body))
