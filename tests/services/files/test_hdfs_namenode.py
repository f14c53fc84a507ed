import urllib.error
import urllib.request
from contextlib import suppress

import pytest

from tests.services.machine_learning.test_yarn_resourcemanager import JARS, LOG, PACKAGE, settings
from tests.support.checks import wrong_examples

MAIN = "org.apache.hadoop.hdfs.server.namenode.NameNode"
HDFS = {"dfs.namenode.name.dir": "file://{dir}/name", "dfs.namenode.http-address": "{address}:9870"}
CORE = {"fs.defaultFS": "hdfs://{address}:8020"}


def test_the_examples_are_judged_as_written():
    assert wrong_examples("files/hdfs-namenode") == []


def is_ready(running):
    """It refuses every question while it starts, and has classes loaded for the first one."""
    with suppress(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://{running.address}:9870/webhdfs/v1/?op=LISTSTATUS", timeout=60).close()
        return True
    return False


def start(server):
    if not JARS.exists():
        pytest.skip("hadoop-hdfs is part of `make fleet`")
    run = f"java -Xmx512m --add-opens=java.base/java.lang=ALL-UNNAMED -cp '{{dir}}:{JARS}/*' {MAIN}"
    files = {
        "hdfs-site.xml": settings(HDFS),
        "core-site.xml": settings(CORE),
        "log4j.properties": LOG,
        "webapps/hdfs/index.html": "<html><head><title>Hadoop Administration</title></head></html>",
    }
    server.need(PACKAGE, "java")
    argv = ["sh", "-c", f"{run} -format -nonInteractive && exec {run}"]
    return server(argv, [9870], package=PACKAGE, files=files, ready=is_ready, patience_s=120)


@pytest.mark.timeout(240)
@pytest.mark.fleet("hdfs-namenode", "open")
def test_files_without_kerberos_are_exposed(server, see):
    running = start(server)
    verdict = see(running, "hdfs-namenode", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["hdfs-namenode-no-auth"])
    assert verdict.row.evidence == {"entries": 0}
    assert see(running).service == "hdfs-namenode"
