import urllib.error
import urllib.request

import pytest

from tests.support.checks import wrong_examples

# Its pipe is /tmp/netdata-ipc, the same in each worker.
pytestmark = pytest.mark.xdist_group("netdata")

CONF = """
[global]
    run as user = root
    is ephemeral node = yes
[directories]
    cache = {dir}/cache
    lib = {dir}/lib
    log = {dir}
[db]
    mode = ram
[web]
    bind to = {address}
    default port = 19999
[ml]
    enabled = no
[plugins]
"""
QUIET = ("proc", "diskspace", "cgroups", "tc", "idlejitter", "apps", "charts.d", "python.d", "go.d", "statsd", "checks")


def test_the_examples_are_judged_as_written():
    assert wrong_examples("observability/netdata") == []


def answers(running):
    """Tell whether the agent has begun to answer as it will: right after its start it says 503 or nothing."""
    try:
        urllib.request.urlopen(f"http://{running.address}:19999/api/v1/info", timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()
        return error.code == 403
    return True


@pytest.fixture
def netdata(server):
    def start(more=""):
        conf = CONF + "".join(f"    {name} = no\n" for name in (*QUIET, "enable running new plugins"))
        files = {"netdata.conf": conf.replace("[ml]", more + "[ml]"), "cache/.keep": "", "lib/.keep": ""}
        argv = ["netdata", "-D", "-c", "{dir}/netdata.conf", "-P", "{dir}/pid"]
        return server(argv, [19999], package="netdata-core", files=files, ready=answers)

    return start


@pytest.mark.fleet("netdata", "open", lint="netdata/netdata:v1.37")
def test_a_plain_agent_is_exposed(netdata, see):
    running = netdata()
    verdict = see(running, "netdata", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["netdata-open"])
    assert verdict.row.version.startswith("v1.")
    assert verdict.row.evidence["hosts"] == 1
    assert see(running, "observability").service == "netdata"


@pytest.mark.fleet("netdata", "protected", unlike={"proxied": "its Server header names it, and nginx sends its own"})
def test_a_list_of_allowed_addresses_protects(netdata, see):
    verdict = see(netdata("    allow dashboard from = 192.0.2.1\n"), "netdata", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
