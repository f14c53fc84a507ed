import pytest

from tests.fleet.server import ROOT, accepts

# One cluster at a time: a second one finds the first one's store.
pytestmark = pytest.mark.xdist_group("ray")

RAY = str(ROOT / ".fleet/pypi/ray/bin/ray")


def start(server, **env):
    argv = [
        RAY, "start", "--head", "--block", "--node-ip-address={address}", "--port=6399", "--dashboard-host={address}",
        "--dashboard-port=8265", "--include-dashboard=true", "--num-cpus=1", "--object-store-memory=80000000",
        "--temp-dir={dir}/r", "--disable-usage-stats",
    ]  # fmt: skip
    return server(argv, [8265], package="ray[default]", patience_s=150, env=env)


@pytest.mark.timeout(200)
@pytest.mark.fleet("ray-dashboard", "open", lint="rayproject/ray:2.51.0")
def test_a_dashboard_without_a_token_is_exposed(server, see):
    running = start(server)
    assert accepts(running.address, 8265)
    verdict = see(running, "ray-dashboard", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["ray-dashboard-no-auth"])
    assert see(running).service == "ray-dashboard"


@pytest.mark.timeout(200)
@pytest.mark.fleet("ray-dashboard", "protected", lint="rayproject/ray:2.52.0")
def test_a_token_protects(server, see):
    verdict = see(start(server, RAY_AUTH_MODE="token", RAY_AUTH_TOKEN="s" * 64), "ray-dashboard")
    assert (verdict.status, verdict.rules) == ("protected", [])
