import pytest

from tests.support.checks import wrong_examples

SETTINGS = "[LegalNotice]\nAccepted=true\n[Preferences]\nWebUI\\Address={address}\n"
FOR_ALL = "WebUI\\AuthSubnetWhitelistEnabled=true\nWebUI\\AuthSubnetWhitelist=0.0.0.0/0\n"

HOST = "it answers 401, and no name, to whoever does not know its port"


def test_the_examples_are_judged_as_written():
    assert wrong_examples("files/qbittorrent") == []


def start(server, more=""):
    argv = ["qbittorrent-nox", "--profile={dir}", "--webui-port=8080"]
    files = {"qBittorrent/config/qBittorrent.conf": SETTINGS + more}
    return server(argv, [8080], package="qbittorrent-nox", files=files)


@pytest.mark.fleet("qbittorrent", "open", unlike={"elsewhere": HOST})
def test_a_list_of_all_addresses_is_exposed(server, see):
    running = start(server, FOR_ALL)
    verdict = see(running, "qbittorrent", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["qbittorrent-no-auth"])
    assert see(running).service == "qbittorrent"


@pytest.mark.fleet("qbittorrent", "protected", unlike={"elsewhere": HOST})
def test_a_fresh_install_asks_for_a_password(server, see):
    verdict = see(start(server), "qbittorrent", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
