import asyncio
import json
import urllib.request

import pytest

from scanner.core.errors import TimedOut
from scanner.core.facts import Access
from scanner.services.machine_learning.spark_master import PROBE, STATE, parse_front, parse_state
from tests.fleet.server import ROOT
from tests.support.talks import ScriptedHttp, page

FRONT = page('<title>Spark Master at spark://h:7077</title><span class="version" style="x">4.1.0</span>')
CLUSTER = page(json.dumps({"url": "spark://h:7077", "workers": [{}], "activeapps": [], "cores": 8}), json=True)


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_a_state_is_metadata():
    facts = ask({"/": FRONT, STATE: CLUSTER})
    assert (facts.access, facts.version, facts.workers) == (Access.METADATA, "4.1.0", 1)
    assert rules(facts) == ["spark-master-no-auth"]


@pytest.mark.parametrize(
    ("answer", "access"),
    [(page("", 403), Access.REFUSED), (FRONT, Access.UNKNOWN), (TimedOut("x"), Access.UNKNOWN)],
)
def test_without_a_state_nothing_is_proven(answer, access):
    facts = ask({"/": FRONT, STATE: answer})
    assert (facts.access, rules(facts)) == (access, [])


@pytest.mark.parametrize(
    "body", ["", "{}", "[]", '{"url": "spark://h", "workers": 1}', "<title>Spark Worker at h</title>"]
)
def test_other_pages_are_other_products(body):
    assert parse_front(page(body)) is None
    assert parse_state(page(body)) is None
    assert ask({"/": page(body)}) is None


def shows_its_page(running):
    # The first of each of its pages takes longer than a scan waits for one.
    for path in ("/", STATE):
        urllib.request.urlopen(f"http://{running.address}:8080{path}", timeout=60).close()
    return True


@pytest.fixture(scope="module")
def master(module_server):
    (home,) = [*(ROOT / ".fleet/pypi/pyspark").glob("lib/python3*/site-packages/pyspark"), ROOT][:1]
    argv = [
        str(home / "bin/spark-class"), "org.apache.spark.deploy.master.Master", "--host", "{address}", "--port", "7077",
        "--webui-port", "8080",
    ]  # fmt: skip
    env = {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "{address}"}
    return module_server(argv, [8080], package="pyspark", env=env, ready=shows_its_page, patience_s=60)


@pytest.mark.timeout(120)
@pytest.mark.fleet("spark-master", "open", lint="bitnami/spark:3.5", given={"environment": {"SPARK_MODE": "master"}})
def test_a_real_master_is_exposed(master, see):
    verdict = see(master, "spark-master", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["spark-master-no-auth"])
    assert see(master).service == "spark-master"


@pytest.mark.timeout(120)
@pytest.mark.fleet("spark-master", "protected")
def test_a_password_before_its_state_protects(master, server, see):
    front = server.front(f"http://{master.address}:8080", 8080, public=("= /",), user="u", password="p")
    assert see(front, "spark-master").status == "protected"
