import pytest

from tests.support.checks import wrong_examples

SETTINGS = (
    "set daemon 30\nset pidfile {dir}/pid\nset statefile {dir}/state\nset idfile {dir}/id\n"
    "set httpd port 2812 and use address {address}\n"
)


def test_the_examples_are_judged_as_written():
    assert wrong_examples("observability/monit") == []


def start(server, allow):
    argv = ["sh", "-c", "chmod 600 {dir}/monitrc; exec monit -I -c {dir}/monitrc"]
    server.need("monit", "monit")
    return server(argv, [2812], package="monit", files={"monitrc": f"{SETTINGS}    allow {allow}\n"})


@pytest.mark.fleet("monit", "open")
def test_a_list_of_all_addresses_is_exposed(server, see):
    running = start(server, "0.0.0.0/0")
    verdict = see(running, "monit")
    assert (verdict.status, verdict.rules) == ("exposed", ["monit-no-auth"])


@pytest.mark.fleet("monit", "protected")
def test_a_login_protects(server, see):
    verdict = see(start(server, "u:p"), "monit")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.parametrize(
    ("allow", "golden", "status"), [("0.0.0.0/0", "open", "exposed"), ("u:p", "protected", "protected")]
)
def test_at_home_it_is_asked_at_once(server, see, allow, golden, status):
    running = start(server, allow)
    assert see(running, "monit", golden=golden).status == status
    assert see(running).service == "monit"
