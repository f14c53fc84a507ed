import asyncio
from ipaddress import IPv4Address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access
from scanner.core.unheard import Unheard
from scanner.services.datastores import redis, redis_narrow, redis_sentinel
from tests.support.talks import Hang, Hush, Say, ScriptedTalk

PING, INFO = redis.PING, redis.INFO
DETAILS = next(send.what for send in redis.PROBE.sends if send.what.startswith(b"CONFIG GET dir\r\nCONFIG"))
RESTRICTED, ONE_KEY = redis_narrow.NARROW_BYTES, redis_narrow.ONE_KEY_BYTES
NOPERM = b"-NOPERM this user has no permissions to run the 'info' command\r\n"


def at(port: int) -> Endpoint:
    return Endpoint(IPv4Address("127.0.0.1"), port)


def bulk(text: str) -> bytes:
    return b"$%d\r\n%s\r\n" % (len(text), text.encode())


IDENTIFIED = (PING, Say(b"+PONG\r\n"), INFO, Say(bulk("redis_version:7.0.15\r\n")))


def ask(*steps, port: int = 6379, module=redis):
    talk = ScriptedTalk(steps, module.PROBE.sends, at(port))
    return asyncio.run(module.PROBE.ask(talk))


def test_a_demand_for_a_password_belongs_to_the_service_of_the_port():
    refusal = Say(b"-NOAUTH Authentication required.\r\n")
    assert ask(PING, refusal).access is Access.REFUSED
    assert ask(PING, refusal, port=26379) is None
    assert ask(PING, refusal, port=26379, module=redis_sentinel).access is Access.REFUSED
    assert ask(PING, refusal, module=redis_sentinel) is None


@pytest.mark.parametrize(
    "steps",
    [
        (PING, Say(b"+OK\r\n")),
        (PING, Say(b"-what?\r\n")),
        (PING, Say(b"+PONG\r\n"), INFO, Say(bulk("hello: world\r\n"))),
        (PING, Say(b"+PONG\r\n"), INFO, Say(bulk("redis_version:7.0.15\r\nredis_mode:sentinel\r\n"))),
    ],
)
def test_what_only_resembles_redis_is_not_redis(steps):
    assert ask(*steps) is None


def test_info_without_config_and_dbsize_is_metadata():
    facts = ask(
        PING, Say(b"+PONG\r\n"), INFO, Say(bulk("redis_version:7.0.15\r\n")), DETAILS, Say(b"-NOPERM x\r\n" * 11)
    )
    assert facts.access is Access.METADATA


@pytest.mark.parametrize("end", [Hang(), Hush()])
def test_a_server_that_stops_in_the_middle_keeps_what_it_showed(end):
    facts = ask(*IDENTIFIED, DETAILS, Say(b"*2\r\n$3\r\ndir\r\n$2\r\n/d\r\n"), end)
    assert facts.access is Access.CONTROL


def test_a_restricted_default_user_is_judged_by_what_it_may_read():
    nothing = (RESTRICTED, Say(b"-NOPERM x\r\n" * 2))
    allowed = b":3\r\n*2\r\n$1\r\n0\r\n*1\r\n$1\r\nk\r\n"
    no_key = (*nothing, ONE_KEY, Say(b"-NOPERM x\r\n" * 2))
    assert ask(PING, Say(b"+PONG\r\n"), INFO, Say(NOPERM), *no_key).access is Access.REFUSED
    facts = ask(PING, Say(NOPERM), INFO, Say(NOPERM), RESTRICTED, Say(allowed))
    assert (facts.access, facts.keys, facts.restricted) == (Access.DATA, 3, True)


def test_an_error_of_nobody_that_is_known_proves_neither_yes_nor_no():
    no = Say(b"-ERR no\r\n")
    facts = ask(PING, no, INFO, no, RESTRICTED, no, no, redis_narrow.CONFIG_BYTES, no, ONE_KEY, no, no)
    assert (facts.access, facts.unheard) == (Access.UNKNOWN, Unheard.REFUSED_LATER)


def test_modules_masters_and_worm_keys_are_traced():
    info = (
        "redis_version:7.0.15\r\nrole:slave\r\nmaster_host:203.0.113.5\r\nmaster_port:21000\r\ndb0:keys=2,expires=0\r\n"
    )
    module = b"*1\r\n*4\r\n$4\r\nname\r\n$6\r\nsystem\r\n$4\r\npath\r\n$7\r\n/tmp/so\r\n"
    answers = b"*0\r\n" * 3 + module + b"$7\r\ndefault\r\n:2\r\n:1\r\n:0\r\n:0\r\n:0\r\n:1\r\n"
    facts = ask(PING, Say(b"+PONG\r\n"), INFO, Say(bulk(info)), DETAILS, Say(answers))
    assert facts.traces["module"] == ("system /tmp/so",)
    assert facts.traces["key"] == ("backup1", "crackit")
    assert facts.traces["link"] == ("203.0.113.5:21000",)
    assert facts.access is Access.DATA


def test_an_open_sentinel_names_its_masters_and_scripts():
    fields = [b"name", b"shop", b"ip", b"10.0.0.1", b"port", b"6379", b"notification-script", b"/tmp/x.sh"]
    masters = b"*1\r\n*%d\r\n" % len(fields) + b"".join(b"$%d\r\n%s\r\n" % (len(f), f) for f in fields)
    steps = (PING, Say(b"+PONG\r\n"), INFO, Say(bulk("redis_version:7.0.15\r\nredis_mode:sentinel\r\n")))
    facts = ask(*steps, b"SENTINEL MASTERS\r\n", Say(masters), port=26379, module=redis_sentinel)
    assert (facts.access, facts.masters) == (Access.CONTROL, 1)
    assert facts.traces["command"] == ("/tmp/x.sh",)
    facts = ask(*steps, b"SENTINEL MASTERS\r\n", Say(NOPERM), port=26379, module=redis_sentinel)
    assert facts.access is Access.REFUSED
