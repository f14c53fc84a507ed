import pytest

from tests.support.checks import wrong_examples


def test_the_examples_are_judged_as_written():
    assert wrong_examples("infrastructure/apt-cacher-ng") == []


@pytest.mark.fleet("apt-cacher-ng", "open")
def test_a_cache_is_exposed(server, see):
    settings = ("ForeGround=1", "CacheDir={dir}", "LogDir={dir}", "BindAddress={address}", "Port:3142")
    argv = ["apt-cacher-ng", "-c", "/etc/apt-cacher-ng", *settings, "SocketPath={dir}/socket", "PidFile={dir}/pid"]
    running = server(argv, [3142], package="apt-cacher-ng")
    verdict = see(running, "apt-cacher-ng", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["apt-cacher-ng-open"])
    assert see(running).service == "apt-cacher-ng"
