import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.core.facts import Access
from scanner.services.development.php_fpm import ASK_VALUES, PROBE, parse_header, parse_values
from tests.fleet.server import program
from tests.support.talks import Say, ScriptedTalk

# The name holds the version: php-fpm8.2 in Debian 12.
PHP_FPM = next((name for minor in range(2, 9) if program(name := f"php-fpm8.{minor}")), "php-fpm")
PAIR = b"\x0f\x01FCGI_MPXS_CONNS0"
RECORD = b"\x01\x0a\0\0\0\x12\x06\0" + PAIR + bytes(6)


def ask(*steps):
    return asyncio.run(PROBE.ask(ScriptedTalk((ASK_VALUES, *steps), PROBE.sends)))


def test_a_value_is_control():
    facts = ask(Say(RECORD))
    assert (facts.access, facts.evidence) == (Access.CONTROL, {"FCGI_MPXS_CONNS": "0"})
    assert [rule.id for rule in PROBE.rules if rule.holds(facts)] == ["php-fpm-open"]


def test_an_echo_is_no_answer():
    with pytest.raises(Malformed):
        ask(Say(ASK_VALUES))


def test_an_empty_result_is_another_product():
    assert ask(Say(b"\x01\x0a\0\0\0\0\0\0")) is None


@given(st.binary(max_size=60))
def test_any_bytes_are_malformed_or_read(data):
    for parse in (parse_header, parse_values):
        try:
            parse(data)
        except Malformed:
            continue


CONF = """
[global]
error_log = /dev/stderr
daemonize = no
[www]
listen = {address}:9000
pm = static
pm.max_children = 5
"""


def start(server, more=""):
    argv = [PHP_FPM, "--nodaemonize", "--allow-to-run-as-root", "--fpm-config", "{dir}/fpm.conf"]
    user = "user = nobody\ngroup = nogroup\n"
    return server(argv, [9000], package="php-fpm", files={"fpm.conf": CONF + user + more})


@pytest.mark.fleet("php-fpm", "open", lint="php:8.2-fpm")
def test_an_open_pool_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "php-fpm", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["php-fpm-open"])
    assert see(running).service == "php-fpm"


@pytest.mark.fleet("php-fpm", "protected", unlike={"odd": "a hang-up leaves a gap only where a product is at home"})
def test_allowed_clients_protect(server, see):
    verdict = see(start(server, "listen.allowed_clients = 127.0.0.9\n"), "php-fpm")
    # It hangs up on whoever is not allowed, before a word: nobody was heard, and nothing is exposed.
    assert (verdict.status, verdict.rules) == ("inconclusive", [])
