import pytest

from tests.support.checks import wrong_examples

SETTINGS = """options { directory "{dir}"; listen-on port 5355 { {address}; }; listen-on-v6 { none; }; pid-file none;
 session-keyfile "{dir}/key"; recursion no; dnssec-validation no; };
statistics-channels { inet {address} port 8053 allow { any; }; };
controls { };
"""


def test_the_examples_are_judged_as_written():
    assert wrong_examples("infrastructure/bind-statistics") == []


@pytest.mark.fleet("bind-statistics", "open")
def test_statistics_for_any_address_are_exposed(server, see):
    running = server(["named", "-g", "-c", "{dir}/named.conf"], [8053], package="bind9", files={"named.conf": SETTINGS})
    verdict = see(running, "bind-statistics", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["bind-statistics-open"])
    assert verdict.row.version.startswith("9.")
    assert see(running).service == "bind-statistics"
