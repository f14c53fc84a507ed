import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PROGRAM = ROOT / ".fleet/npm/redis-commander/node_modules/redis-commander/bin/redis-commander.js"
LOGIN = ("--http-auth-username", "u", "--http-auth-password", "p")


def test_the_examples_are_judged_as_written():
    assert wrong_examples("development/redis-commander") == []


def start(server, *options):
    server.need("redis-commander", str(PROGRAM))
    argv = ["node", str(PROGRAM), "--address", "{address}", "--port", "8081", *options]
    return server(argv, [8081], package="redis-commander", patience_s=60)


@pytest.mark.fleet("redis-commander", "open", lint="rediscommander/redis-commander:latest")
def test_a_server_without_a_login_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "redis-commander", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["redis-commander-no-auth"])
    assert verdict.row.evidence == {"connections": 1}
    assert see(running).service == "redis-commander"


@pytest.mark.fleet("redis-commander", "protected", lint="rediscommander/redis-commander:latest")
def test_a_login_protects_although_the_page_is_shown(server, see):
    verdict = see(start(server, *LOGIN), "redis-commander", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("redis-commander", "open", lint="rediscommander/redis-commander:latest")
def test_a_password_without_its_user_locks_nothing(server, see):
    verdict = see(start(server, *LOGIN[2:]), "redis-commander")
    assert (verdict.status, verdict.rules) == ("exposed", ["redis-commander-no-auth"])
