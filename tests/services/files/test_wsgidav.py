import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PROGRAM = str(ROOT / ".fleet/pypi/wsgidav/bin/wsgidav")
USERS = """provider_mapping: {"/": "{dir}/pub"}
simple_dc: {user_mapping: {"*": {"u": {"password": "secret"}}}}
"""


def test_the_examples_are_judged_as_written():
    assert wrong_examples("files/wsgidav") == []


def start(server, *options):
    argv = [PROGRAM, "--host={address}", "--port=8080", *options]
    return server(argv, [8080], package="wsgidav", files={"pub/a.txt": "content", "users.yaml": USERS}, patience_s=60)


@pytest.mark.fleet("wsgidav", "open")
def test_an_anonymous_folder_is_exposed(server, see):
    running = start(server, "--root={dir}/pub", "--auth=anonymous")
    verdict = see(running, "wsgidav", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["wsgidav-anonymous"])
    assert see(running).service == "wsgidav"


@pytest.mark.fleet("wsgidav", "protected", unlike={"proxied": "a proxy takes away the header that names it"})
def test_users_protect(server, see):
    verdict = see(start(server, "--config={dir}/users.yaml"), "wsgidav", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
