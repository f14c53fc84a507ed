import asyncio

import pytest

from scanner.core.facts import Access
from scanner.services.files.transmission import PROBE, RPC
from tests.support.talks import ScriptedHttp, page


def ask(answers):
    talk = ScriptedHttp(answers, PROBE.sends)
    return asyncio.run(PROBE.ask_http(talk))


def test_after_a_refusal_nothing_more_is_asked():
    """Each request counts as a failed login: the script has no other page."""
    facts = ask({"/": page("", 401, {"WWW-Authenticate": 'Basic realm="Transmission"'})})
    assert facts.access is Access.REFUSED


def test_a_redirect_of_another_server_is_another_product():
    assert ask({"/": page("", 301, {"Location": "/web/"})}) is None


def test_a_token_is_the_proof():
    (rule,) = PROBE.rules
    front = page("", 301, {"Location": "/transmission/web/"})
    token = ask({"/": front, RPC: page("", 409, {"X-Transmission-Session-Id": "x"})})
    other = ask({"/": front, RPC: page("", 409)})
    assert (token.access, other.access) == (Access.CONTROL, Access.UNKNOWN)
    assert rule.holds(token)
    assert rule.holds(other) is None


def start(server, *options):
    argv = ["transmission-daemon", "-f", "-g", "{dir}", "--port", "9091", "--rpc-bind-address", "{address}"]
    return server([*argv, "--no-portmap", "--no-dht", *options], [9091], package="transmission-daemon")


@pytest.mark.fleet("transmission", "open", lint="linuxserver/transmission:3.00")
def test_a_daemon_without_a_login_is_exposed(server, see):
    running = start(server, "--no-auth", "--allowed", "*")
    verdict = see(running, "transmission", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["transmission-no-auth"])
    assert see(running).service == "transmission"


@pytest.mark.fleet("transmission", "protected")
@pytest.mark.parametrize(
    ("options", "golden"),
    [
        (("--auth", "--username", "u", "--password", "p", "--allowed", "*"), "protected"),
        (("--no-auth", "--allowed", "10.1.1.1"), "listed"),
    ],
)
def test_a_login_and_a_list_of_addresses_protect(server, see, options, golden):
    verdict = see(start(server, *options), "transmission", golden=golden)
    assert (verdict.status, verdict.rules) == ("protected", [])
