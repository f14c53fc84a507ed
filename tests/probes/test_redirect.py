from ipaddress import ip_address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.sends import Verb
from scanner.core.talk import HttpAnswer
from scanner.net.guard import Guard
from scanner.probes.redirect import LANDING_SENDS, landing_path, prefix_of

HERE = Endpoint(ip_address("10.0.0.5"), 8080)


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/prometheus/graph", "/prometheus/graph"),
        ("/grafana/", "/grafana/"),
        ("http://10.0.0.5:8080/jenkins/", "/jenkins/"),
        ("/a/login?next=/&x=y#z", "/a/login"),
        ("http://10.0.0.5/jenkins/", None),
        ("http://10.0.0.6:8080/jenkins/", None),
        ("http://10.0.0.5:8080@elsewhere.example/x/", None),
        ("//elsewhere.example/x/", None),
        ("http://[bad/x/", None),
        ("/a/../b/", None),
        ("/a/%2e%2e/b/", None),
        ("/a b/", None),
        ("/" + "a/" * 9, None),
        ("login", None),
        ("", None),
    ],
)
def test_only_a_plain_path_on_this_endpoint_is_followed(location, path):
    answer = HttpAnswer(status=302, headers=(("location", location),))
    assert landing_path(answer, HERE) == path
    assert landing_path(HttpAnswer(status=200, headers=answer.headers), HERE) is None
    if path is not None:
        Guard("identify", LANDING_SENDS, HERE).demand(Verb.GET, path.encode())


@pytest.mark.parametrize(
    ("path", "prefix"), [("/prometheus/graph", "/prometheus"), ("/a/", "/a"), ("/login", ""), ("/a/b/c/", "/a")]
)
def test_the_first_folder_is_the_prefix(path, prefix):
    assert prefix_of(path) == prefix
