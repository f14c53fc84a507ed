import http.client
from contextlib import closing

import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples


def test_the_examples_are_judged_as_written():
    assert wrong_examples("machine_learning/spark-rest") == []


def answers(running):
    # Its first answer takes longer than a scan waits for one.
    with closing(http.client.HTTPConnection(running.address, 6066, timeout=60)) as connection:
        connection.request("GET", "/")
        return connection.getresponse().read() != b""


@pytest.mark.timeout(120)
@pytest.mark.fleet("spark-rest", "open")
def test_a_master_that_takes_applications_is_exposed(server, see):
    (home,) = [*(ROOT / ".fleet/pypi/pyspark").glob("lib/python3*/site-packages/pyspark"), ROOT][:1]
    argv = [str(home / "bin/spark-class"), "org.apache.spark.deploy.master.Master", "--host", "{address}"]
    argv += ["--port", "7077", "--webui-port", "8080", "--properties-file", "{dir}/spark.conf"]
    env = {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "{address}"}
    files = {"spark.conf": "spark.master.rest.enabled true\n"}
    running = server(argv, [6066], package="pyspark", env=env, files=files, ready=answers, patience_s=60)
    verdict = see(running, "spark-rest", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["spark-rest-open"])
    assert see(running).service == "spark-rest"
