import pytest

from tests.support.checks import wrong_examples


def test_the_examples_are_judged_as_written():
    assert wrong_examples("files/syncthing") == []


def start(server, **more):
    argv = ["syncthing", "serve", "--home", "{dir}", "--gui-address", "{address}:8384", "--no-browser"]
    return server([*argv, "--skip-port-probing", "--no-upgrade"], [8384], package="syncthing", patience_s=60, **more)


@pytest.mark.timeout(120)
@pytest.mark.fleet("syncthing", "open", lint="syncthing/syncthing:1.19.2")
def test_an_interface_without_a_password_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "syncthing", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["syncthing-no-auth"])
    assert verdict.row.version.startswith("v1.")
    assert see(running).service == "syncthing"


@pytest.mark.timeout(120)
@pytest.mark.fleet("syncthing", "protected")
def test_a_proxy_that_guards_all_but_the_page_protects(server, see):
    """A password of its own hides the name in this release; from 1.26 on the page is public as it is here."""
    front = server.front(f"http://{start(server).address}:8384", 8384, public=("= /",), user="u", password="p")
    verdict = see(front, "syncthing", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
