import asyncio

import pytest

from scanner.core.facts import Access
from scanner.services.files.rclone import NO_OP, PROBE, VERSION
from tests.support.talks import ScriptedHttp, page

CORS = {"Access-Control-Request-Method": "POST, OPTIONS, GET, HEAD"}
FRONT = page("Not Found\n", 404, CORS)
NAMED = page('{"arch":"amd64","goVersion":"go1.21","os":"linux","version":"v1.65.0"}', json=True)


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


def test_another_server_with_that_header_is_another_product():
    assert ask({"/": FRONT, VERSION: page('{"version":"1"}', json=True)}) is None


def test_a_front_page_without_the_header_is_asked_nothing():
    assert ask({"/": page("404 page not found", 404)}) is None


def test_the_no_op_decides():
    (rule,) = PROBE.rules
    done = ask({"/": FRONT, VERSION: NAMED, NO_OP: page("{}\n", json=True)})
    refused = ask({"/": FRONT, VERSION: NAMED, NO_OP: page('{"error":"authentication must be set up"}', 403)})
    assert (done.access, refused.access) == (Access.CONTROL, Access.REFUSED)
    assert rule.holds(done)
    assert rule.holds(refused) is None


def start(server, *options):
    return server(["rclone", "rcd", "--rc-addr", "{address}:5572", *options], [5572], package="rclone")


@pytest.mark.fleet("rclone", "open", lint="rclone/rclone:1.60.1")
def test_a_daemon_that_needs_no_login_is_exposed(server, see):
    running = start(server, "--rc-no-auth")
    verdict = see(running, "rclone", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["rclone-no-auth"])
    assert verdict.row.version.startswith("v1.")
    assert see(running).service == "rclone"


@pytest.mark.fleet("rclone", "protected", lint="rclone/rclone:1.60.1")
@pytest.mark.parametrize(("options", "golden"), [((), "unset"), (("--rc-user=u", "--rc-pass=p"), "protected")])
def test_without_a_login_set_and_with_one_it_is_protected(server, see, options, golden):
    verdict = see(start(server, *options), "rclone", golden=golden)
    assert (verdict.status, verdict.rules) == ("protected", [])
