import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PROGRAM = str(ROOT / ".fleet/bin/opa")
CLOSED = "package system.authz\nimport rego.v1\ndefault allow := false\n"


def test_the_examples_are_judged_as_written():
    assert wrong_examples("configuration/opa") == []


def start(server, *options):
    argv = [PROGRAM, "run", "--server", "--disable-telemetry", "--addr={address}:8181", *options]
    return server(argv, [8181], package="opa", files={"authz.rego": CLOSED})


@pytest.mark.fleet("opa", "open", lint="openpolicyagent/opa:1.21.1")
def test_a_server_without_authorization_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "opa", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["opa-no-authorization"])
    assert verdict.row.evidence == {"policies": 0}
    assert see(running).service == "opa"


@pytest.mark.fleet("opa", "protected", lint="openpolicyagent/opa:1.21.1")
def test_a_policy_that_denies_protects(server, see):
    running = start(server, "--authentication=token", "--authorization=basic", "{dir}/authz.rego")
    verdict = see(running, "opa", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
