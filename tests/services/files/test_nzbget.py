import pytest

from tests.support.checks import wrong_examples


def test_the_examples_are_judged_as_written():
    assert wrong_examples("files/nzbget") == []


def start(server, password):
    options = ("MainDir={dir}", "ControlIP={address}", "ControlPort=6789", f"ControlPassword={password}")
    options += ("WebDir=/usr/share/nzbget/webui", "OutputMode=log")
    argv = ["nzbget", "-s", *(word for option in options for word in ("-o", option))]
    return server(argv, [6789], package="nzbget")


@pytest.mark.fleet("nzbget", "open")
def test_a_server_without_a_password_is_exposed(server, see):
    running = start(server, "")
    verdict = see(running, "nzbget", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["nzbget-no-password"])
    assert verdict.row.version == "21.0"
    assert see(running).service == "nzbget"


@pytest.mark.fleet("nzbget", "protected")
def test_a_server_with_a_password_is_protected(server, see):
    verdict = see(start(server, "secret"), "nzbget", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
