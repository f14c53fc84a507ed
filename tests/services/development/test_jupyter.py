import asyncio

import pytest

from scanner.core.errors import TimedOut
from scanner.core.facts import Access
from scanner.services.development.jupyter import API, KERNELS, PROBE, STATUS, TERMINALS, parse_status, parse_version
from tests.fleet.server import ROOT
from tests.support.look import shows_own_icon
from tests.support.talks import ScriptedHttp, page

POLICY = {"Content-Security-Policy": "frame-ancestors 'self'; report-uri /api/security/csp-report; default-src 'none'"}
VERSION = page('{"version": "2.21.1"}', headers=POLICY)
OPEN = page('{"connections": 1, "kernels": 2, "last_activity": "x", "started": "2026-01-01T00:00:00Z"}')
FORBIDDEN = page('{"message": "Forbidden", "reason": null}', 403)


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_kernels_without_a_token_are_control():
    facts = ask({API: VERSION, STATUS: OPEN, KERNELS: page("[{}, {}]"), TERMINALS: page("[]")})
    assert (facts.access, facts.version, facts.kernels) == (Access.CONTROL, "2.21.1", 2)
    assert facts.evidence == {"kernels": 2, "connections": 1, "terminals": 0}
    assert rules(facts) == ["jupyter-no-token"]


def test_a_status_without_kernels_is_metadata():
    assert ask({API: VERSION, STATUS: OPEN, KERNELS: FORBIDDEN}).access is Access.METADATA


@pytest.mark.parametrize(
    ("answer", "access"),
    [
        (FORBIDDEN, Access.REFUSED),
        (page("", 302, {"Location": "/login?next=%2Fapi%2Fstatus"}), Access.REFUSED),
        (page("oops", 500), Access.UNKNOWN),
        (TimedOut("x"), Access.UNKNOWN),
    ],
)
def test_without_a_status_nothing_is_proven(answer, access):
    facts = ask({API: VERSION, STATUS: answer})
    assert (facts.access, rules(facts)) == (access, [])


@pytest.mark.parametrize("answer", [page('{"version": "2.0", "status": "ok"}', headers=POLICY), page("[]")])
def test_other_versions_are_other_products(answer):
    assert parse_version(answer) is None
    assert parse_status(answer) is None
    assert ask({API: answer}) is None


def test_a_version_without_the_policy_is_jupyter_s_where_its_status_follows():
    bare = page('{"version": "2.0"}')
    assert ask({API: bare}) is None
    assert ask({API: bare, STATUS: FORBIDDEN}) is None
    assert ask({API: bare, STATUS: OPEN}).access is Access.METADATA


def start(server, *more, **how):
    argv = [
        str(ROOT / ".fleet/pypi/jupyter-server/bin/jupyter"), "server", "--ip={address}", "--port=8888", "--no-browser",
        "--allow-root", "--ServerApp.root_dir={dir}", *more,
    ]  # fmt: skip
    return server(argv, [8888], package="jupyter-server", patience_s=60, **how)


@pytest.mark.fleet("jupyter", "open", lint="quay.io/jupyter/base-notebook")
def test_a_server_without_a_token_is_exposed(server, see):
    running = start(server, "--IdentityProvider.token=")
    verdict = see(running, "jupyter", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["jupyter-no-token"])
    assert see(running).service == "jupyter"
    assert shows_own_icon(running.address, running.port, "jupyter")


@pytest.mark.fleet("jupyter", "open")
def test_its_icon_leads_to_it_where_the_front_page_is_somebody_elses(server, see):
    running = start(server, "--IdentityProvider.token=")
    front = server.front(f"http://{running.address}:{running.port}", 18_080, allow=("= /favicon.ico", "/api"))
    verdict = see(front, "development", port=18_080)
    assert (verdict.service, verdict.status, verdict.rules) == ("jupyter", "exposed", ["jupyter-no-token"])
    assert verdict.row.evidence["favicon_mmh3"] in PROBE.icons


@pytest.mark.fleet("jupyter", "protected", lint="quay.io/jupyter/base-notebook")
def test_a_token_protects(server, see):
    verdict = see(start(server, "--IdentityProvider.token=s3cret"), "jupyter", golden="token")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("jupyter", "protected", lint="quay.io/jupyter/base-notebook")
def test_an_empty_variable_leaves_the_token_that_it_makes_itself(server, see):
    verdict = see(start(server, env={"JUPYTER_TOKEN": ""}), "jupyter")
    assert (verdict.status, verdict.rules) == ("protected", [])
