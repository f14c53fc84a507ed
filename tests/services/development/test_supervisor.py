import asyncio
import xmlrpc.client

import pytest

from scanner.core.facts import Access
from scanner.services.development.supervisor import PROBE, RPC, parse_page, parse_state
from tests.support.talks import ScriptedHttp, page

FRONT = page(
    '<html><head><title>Supervisor Status</title></head><td class="status"><span class="statusrunning">running</span>'
    '<a href="http://supervisord.org">Supervisor</a> <span>4.2.5</span></html>'
)
STATE = page("<methodResponse><name>statename</name>\n<value><string>RUNNING</string></value></methodResponse>")


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


def test_a_state_over_the_interface_is_control():
    facts = ask({"/": FRONT, RPC: STATE})
    assert (facts.access, facts.version, facts.processes) == (Access.CONTROL, "4.2.5", 1)
    assert rules(facts) == ["supervisor-no-password"]


def test_the_page_alone_is_metadata():
    assert ask({"/": FRONT}).access is Access.METADATA


def test_its_own_demand_for_a_password_protects_and_another_is_another_product():
    realm = {"WWW-Authenticate": 'Basic realm="default"'}
    facts = ask({"/": page("", 401, {"Server": "Medusa/1.12", **realm})})
    assert (facts.access, rules(facts)) == (Access.REFUSED, [])
    assert ask({"/": page("", 401, realm)}) is None
    assert ask({"/": page("<title>Status</title>")}) is None


@pytest.mark.parametrize("body", ["", "<methodResponse>", "<title>Supervisor Status", "\0\xff"])
def test_broken_answers_are_read_without_a_crash(body):
    assert parse_state(page(body)) is None
    assert parse_page(page(body)) in {None, (None, 0)}


CONF = """
[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile={dir}/pid
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:sleeper]
command=/bin/sleep 600
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
[inet_http_server]
port={address}:9001
"""


def start(server, more=""):
    argv = ["supervisord", "-n", "-c", "{dir}/s.conf"]
    return server(argv, [9001], package="supervisor", files={"s.conf": CONF + more}, ready=b"sleeper entered RUNNING")


def programs(running):
    def read():
        with xmlrpc.client.ServerProxy(f"http://{running.address}:9001/RPC2") as proxy:
            rows = proxy.supervisor.getAllProcessInfo()
            state = proxy.supervisor.getState()
        return state, [(row["name"], row["pid"], row["statename"], row["start"]) for row in rows]

    return read


@pytest.mark.fleet("supervisor", "open")
def test_an_open_supervisor_is_exposed_and_unchanged(server, see, unchanged):
    running = start(server)
    with unchanged(programs(running)):
        verdict = see(running, "supervisor", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["supervisor-no-password"])
    assert verdict.row.evidence["processes"] == 1
    assert verdict.row.version[0].isdigit()
    assert see(running).service == "supervisor"


@pytest.mark.fleet("supervisor", "protected", unlike={"proxied": "its Server header names it, and nginx sends its own"})
def test_a_password_protects(server, see):
    verdict = see(start(server, "username=u\npassword=p\n"), "supervisor", golden="password")
    assert (verdict.status, verdict.rules) == ("protected", [])
