from ipaddress import ip_address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.sends import Verb
from scanner.core.talk import HttpAnswer
from scanner.net.guard import Guard
from scanner.probes.redirect import LANDING_SENDS, landing_path, prefixes_of

HERE = Endpoint(ip_address("10.0.0.5"), 8080)


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/prometheus/graph", "/prometheus/graph"),
        ("/grafana/", "/grafana/"),
        ("http://10.0.0.5:8080/jenkins/", "/jenkins/"),
        ("/a/login?next=/&x=y#z", "/a/login"),
        # A proxy that passes the port on lost it, and a product names the host that it was configured with.
        ("http://10.0.0.5/jenkins/", "/jenkins/"),
        ("https://10.0.0.5/jenkins/", "/jenkins/"),
        ("http://10.0.0.5.:8080/jenkins/", "/jenkins/"),
        ("http://user@10.0.0.5:8080/jenkins/", "/jenkins/"),
        ("http://localhost:9000/jenkins/", "/jenkins/"),
        ("http://ci.example:8080/jenkins/", "/jenkins/"),
        ("//10.0.0.5:8080/jenkins/", "/jenkins/"),
        ("jenkins/", "/jenkins/"),
        ("./jenkins/", "/jenkins/"),
        ("/jenkins", "/jenkins"),
        ("http://10.0.0.6/jenkins/", None),
        ("https://ci.example/jenkins/", None),
        ("ftp://10.0.0.5/jenkins/", None),
        ("http://10.0.0.5:8080@elsewhere.example/x/", None),
        ("//elsewhere.example/x/", None),
        ("http://[bad/x/", None),
        ("/a/../b/", "/b/"),
        ("/a/%2e%2e/b/", None),
        ("/a b/", None),
        ("/" + "a/" * 9, None),
        ("login", "/login"),
        ("/", None),
        ("", None),
    ],
)
def test_only_a_plain_path_on_this_endpoint_is_followed(location, path):
    answer = HttpAnswer(status=302, headers=(("location", location),))
    assert landing_path(answer, HERE) == path
    assert landing_path(HttpAnswer(status=200, headers=answer.headers), HERE) is None
    if path is not None:
        Guard("identify", LANDING_SENDS, HERE).demand(Verb.GET, path.encode())


PAGES = {
    "refresh header": HttpAnswer(status=200, headers=(("refresh", "0; url=/app/"),)),
    "meta": HttpAnswer(status=200, body=b'<html><head><meta http-equiv="refresh" content="0; url=/app/"></head>'),
    "meta in capitals": HttpAnswer(status=403, body=b"<META HTTP-EQUIV='REFRESH' CONTENT='1;URL=app/'>"),
    "script": HttpAnswer(status=200, body=b'<script>window.location.href = "/app/";</script>'),
    "script, short": HttpAnswer(status=200, body=b"<script>location='app/'</script>"),
}


@pytest.mark.parametrize("name", PAGES)
def test_pages_that_only_lead_on_are_followed(name):
    assert landing_path(PAGES[name], HERE) == "/app/"


def test_a_long_page_leads_nowhere():
    assert landing_path(HttpAnswer(status=200, body=PAGES["script"].body + b" " * 3_000), HERE) is None
    assert landing_path(HttpAnswer(status=404, body=PAGES["meta"].body), HERE) is None


def test_a_relative_redirect_leads_on_from_where_it_was_said():
    answer = HttpAnswer(status=302, headers=(("location", "web/"),))
    assert landing_path(answer, HERE, "/a/") == "/a/web/"
    assert landing_path(answer, HERE, "/a") == "/web/"
    assert landing_path(HttpAnswer(status=302, headers=(("location", "/a/"),)), HERE, "/a/") is None


def test_an_address_of_version_6_is_recognised():
    here = Endpoint(ip_address("2001:db8::5"), 8080)
    answer = HttpAnswer(status=302, headers=(("location", "http://[2001:db8::5]:8080/a/"),))
    assert landing_path(answer, here) == "/a/"


@pytest.mark.parametrize(
    ("path", "prefixes"),
    [
        ("/prometheus/graph", ("/prometheus",)),
        ("/a/", ("/a",)),
        ("/login", ()),
        ("/a/b/c/", ("/a/b/c", "/a")),
        ("/a/b/login", ("/a", "/a/b")),
    ],
)
def test_the_folders_are_the_prefixes(path, prefixes):
    assert prefixes_of(path) == prefixes
