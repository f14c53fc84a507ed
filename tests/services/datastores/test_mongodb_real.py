import pytest

from tests.fleet.server import ROOT

PROGRAM = str(ROOT / ".fleet/bin/ferretdb")


@pytest.mark.fleet("mongodb", "open")
def test_a_server_of_its_protocol_without_a_login_is_exposed(server, see):
    argv = [PROGRAM, "--handler=sqlite", "--sqlite-url=file:{dir}/", "--listen-addr={address}:27017"]
    argv += ["--debug-addr=-", "--telemetry=disable", "--state-dir={dir}"]
    running = server(argv, [27017], package="ferretdb", patience_s=60)
    verdict = see(running, "mongodb", golden="ferretdb-open")
    assert (verdict.status, verdict.rules) == ("exposed", ["mongodb-no-auth"])
    assert see(running, "datastores").service == "mongodb"
