import pytest

from tests.support.checks import wrong_examples

LOGIN = ("-httpAuth.username=u", "-httpAuth.password=p")


def test_the_examples_are_judged_as_written():
    assert wrong_examples("observability/victoriametrics") == []


def start(server, *options):
    argv = ["victoria-metrics", "-httpListenAddr={address}:8428", "-storageDataPath={dir}/data", *options]
    return server(argv, [8428], package="victoria-metrics")


@pytest.mark.fleet("victoriametrics", "open", lint="victoriametrics/victoria-metrics:v1.79.5")
def test_a_store_without_a_login_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "victoriametrics", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["victoriametrics-no-auth"])
    assert see(running).service == "victoriametrics"


@pytest.mark.fleet("victoriametrics", "protected", lint="victoriametrics/victoria-metrics:v1.79.5")
def test_a_login_protects(server, see):
    verdict = see(start(server, *LOGIN), "victoriametrics", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("victoriametrics", "open", lint="victoriametrics/victoria-metrics:v1.79.5")
def test_a_password_without_its_user_locks_nothing(server, see):
    verdict = see(start(server, "-httpAuth.password=p"), "victoriametrics")
    assert (verdict.status, verdict.rules) == ("exposed", ["victoriametrics-no-auth"])
