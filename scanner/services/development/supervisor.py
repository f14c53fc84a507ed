"""Supervisor's web and XML-RPC server: without a password anybody starts and stops programs and reads their logs.

Specification: https://supervisord.org/api.html
"""

import re
from dataclasses import dataclass, replace

from scanner.core.count import counted
from scanner.core.errors import TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get, post_read
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean

RPC = "/RPC2"
GET_STATE = b"<?xml version='1.0'?><methodCall><methodName>supervisor.getState</methodName></methodCall>"
_TITLE = "Supervisor Status"
_STATE = re.compile(rb"<name>statename</name>\s*<value><string>([A-Z]{3,20})</string></value>")
_VERSION = re.compile(rb'supervisord\.org">Supervisor</a>\s*<span>([0-9][\w.+-]{0,30})</span>')
_PROCESS = re.compile(rb'class="status(running|nominal|error)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorFacts(Facts):
    """What a supervisor showed."""

    processes: int = 0


def parse_state(answer: HttpAnswer) -> str | None:
    """Return the state's name of a `getState` response, such as RUNNING; None for any other answer."""
    found = _STATE.search(answer.body) if answer.status == 200 and answer.has("<methodResponse>") else None
    return found[1].decode() if found else None


def parse_page(answer: HttpAnswer) -> tuple[str | None, int] | None:
    """Return (version, processes) of the status page; None for any other page."""
    if answer.status != 200 or answer.title != _TITLE:
        return None
    version = _VERSION.search(answer.body)
    return clean(version[1], 32) if version else None, len(_PROCESS.findall(answer.body))


async def ask(talk: HttpTalk) -> SupervisorFacts | None:
    """Read the status page, then the state over the interface that starts and stops programs."""
    front = await talk.get("/")
    realm = front.header("www-authenticate")
    if front.status == 401 and "Medusa/" in front.header("server") and 'realm="default"' in realm:
        return SupervisorFacts(
            access=Access.REFUSED, product="Supervisor", proof=(Exchange("GET /", "401, Medusa, realm default"),)
        )
    page = parse_page(front)
    if page is None:
        return None
    version, processes = page
    facts = SupervisorFacts(
        product="Supervisor",
        version=version,
        evidence={"processes": processes},
        proof=(Exchange("GET /", f"200, {_TITLE}, {counted(processes, 'process')}"),),
        processes=processes,
    )
    try:
        answer = await talk.post_read(RPC, GET_STATE, content_type="text/xml")
    except TalkError as error:
        return replace(facts, note=f"POST {RPC} was not answered: {error}")
    state = parse_state(answer)
    if state is None:
        return replace(
            facts, access=Access.METADATA, note=f"{RPC} answered {answer.status}, the status page is readable"
        )
    return replace(
        facts,
        access=Access.CONTROL,
        proof=(*facts.proof, Exchange("supervisor.getState", state)),
    )


def _open(facts: SupervisorFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    return f"Supervisor {facts.version or ''} takes orders from anybody: {counted(facts.processes, 'program')}."


_PAGES = ("https://supervisord.org/configuration.html#inet-http-server-section-settings",)

PROBE = Probe(
    id="supervisor",
    no_moods="it answers alike until it ends; its states are those of its programs",
    title="Supervisor",
    ports=tcp(9001),
    sends=(get("/"), post_read(RPC, GET_STATE, why="getState returns a state's number and name and changes nothing")),
    ask_http=ask,
    fingerprints=(Fingerprint(title=_TITLE), Fingerprint(header=("server", "Medusa/"))),
    references=_PAGES,
    rules=(
        Rule(
            id="supervisor-no-password",
            title="Supervisor answers without a password",
            why="Anybody starts, stops and restarts programs, reads their logs and writes to their input.",
            controls=Controls.HOST,
            holds=_open,
            remedy=(
                "# supervisord.conf: take the local socket and drop [inet_http_server]",
                "[unix_http_server]",
                "file=/run/supervisor.sock",
                "chmod=0700",
                "# or loopback with a password",
                "[inet_http_server]",
                "port=127.0.0.1:9001",
                "username=admin",
                "password={SHA}<sha1 of a long random password>",
            ),
            cwe=(306, 1188, 668),
            attack=("T1190", "T1489", "T1059"),
            references=_PAGES,
        ),
    ),
)
