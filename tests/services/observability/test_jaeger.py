import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples
from tests.support.standins import see_stand_in


def test_the_examples_are_judged_as_written():
    assert wrong_examples("observability/jaeger") == []


def test_a_stand_in_without_a_login_is_exposed_with_a_count():
    verdict = see_stand_in("jaeger", "open")
    assert (verdict.status, verdict.rules) == ("exposed", ["jaeger-open"])
    assert ("services", 1) in verdict.row.evidence.items()


def test_a_stand_in_with_a_login_is_protected():
    verdict = see_stand_in("jaeger", "protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


PROGRAM = str(ROOT / ".fleet/bin/all-in-one")
# The module has no pages of the interface; its server puts them where it is told.
UI = {"ui/index.html": "<!doctype html><base href='/'><title>Jaeger UI</title>"}


@pytest.mark.fleet("jaeger", "open", lint="jaegertracing/all-in-one:1.62.0")
def test_a_real_server_is_exposed(server, see):
    hosts = ("query.http-server", "query.grpc-server", "collector.grpc-server", "collector.http-server", "admin.http")
    ports = (16686, 16685, 14250, 14268, 14269)
    options = [f"--{name}.host-port={{address}}:{port}" for name, port in zip(hosts, ports, strict=True)]
    options += [
        "--collector.otlp.enabled=false",
        "--http-server.host-port={address}:5778",
        "--query.static-files={dir}/ui",
    ]
    running = server([PROGRAM, *options], [16686], package="all-in-one", files=UI, patience_s=60)
    verdict = see(running, "jaeger", golden="real-open")
    assert (verdict.status, verdict.rules) == ("exposed", ["jaeger-open"])
    assert see(running).service == "jaeger"
