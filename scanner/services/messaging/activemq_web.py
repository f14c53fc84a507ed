"""ActiveMQ's web console and its JMX bridge: queues to read and change, and code to run on the broker's machine.

Specification: https://activemq.apache.org/components/classic/documentation/web-console, https://jolokia.org/reference
"""

import re
from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import as_object, as_text
from scanner.core.mood import Mood, said
from scanner.core.probe import DefaultPort, Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.wire.reading import get_or_none, object_of, shown

CONSOLE = "/admin/"
BRIDGE = "/api/jolokia/version"
_NO_ORIGIN = "Origin null is not allowed to call this agent"
_VERSION = re.compile(rb"<td>Version</td>\s{0,80}<td><b>([0-9][0-9A-Za-z.-]{0,30})</b></td>")
_REALM = 'realm="ActiveMQRealm"'


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveMqWebFacts(Facts):
    """What the web server of a broker showed."""

    bridge: bool = False
    """Whether the JMX bridge answered."""


def is_console(answer: HttpAnswer) -> bool:
    """Tell whether an answer is the console itself."""
    return answer.status == 200 and "ActiveMQ Console" in answer.title


def version_of(console: HttpAnswer) -> str | None:
    """Return the broker's version from the console's start page, None when it is not there."""
    found = _VERSION.search(console.body) if is_console(console) else None
    return clean(found[1].decode(), 40) if found else None


def agent_of(bridge: HttpAnswer | None) -> str | None:
    """Return what answered as the JMX bridge: its version, or its own refusal of a request without an Origin.

    That refusal (strict-checking of jolokia-access.xml, as shipped) comes from behind the login: whoever names an
    origin is let in.
    """
    document = object_of(bridge)
    value = as_object(document.get("value"))
    if "protocol" in value:
        agent = as_text(value.get("agent"))
        return f"Jolokia {agent}" if agent else None
    if document.get("status") == 403 and _NO_ORIGIN in (as_text(document.get("error")) or ""):
        return "Jolokia, which wants an Origin header and no login"
    return None


async def ask(talk: HttpTalk) -> ActiveMqWebFacts | None:
    """Read the console's start page and the bridge's own version; a login realm of its own gives the product away."""
    console = await talk.get(CONSOLE)
    if not (is_console(console) or _REALM in console.header("www-authenticate")):
        return None
    bridge = await get_or_none(talk, BRIDGE)
    agent = agent_of(bridge)
    opened = is_console(console) or agent is not None
    return ActiveMqWebFacts(
        access=Access.CONTROL if opened else Access.REFUSED,
        product="ActiveMQ web console",
        version=version_of(console),
        evidence={"jolokia": agent.removeprefix("Jolokia ")} if agent else {},
        proof=(
            Exchange(f"GET {CONSOLE}", f"{console.status}, {console.title or 'ActiveMQRealm'}"),
            Exchange(f"GET {BRIDGE}", f"200, {agent}" if agent else shown(bridge)),
        ),
        bridge=agent is not None,
    )


def _console_open(facts: ActiveMqWebFacts) -> str | None:
    opened = facts.access >= Access.CONTROL and not facts.bridge
    return "The web console of ActiveMQ asks for no password." if opened else None


def _bridge_open(facts: ActiveMqWebFacts) -> str | None:
    return "The JMX bridge of ActiveMQ asks for no password (/api/jolokia)." if facts.bridge else None


_PAGES = (
    "https://activemq.apache.org/components/classic/documentation/web-console",
    "https://activemq.apache.org/security-advisories.data/CVE-2024-32114-announcement.txt",
)
_REMEDY = (
    "# conf/jetty.xml: a login for everything, the JMX bridge included",
    '<bean id="securityConstraintMapping" class="org.eclipse.jetty.security.ConstraintMapping">',
    '  <property name="constraint" ref="securityConstraint" />',
    '  <property name="pathSpec" value="/" />',
    "</bean>",
    "# and this machine alone",
    '<bean id="jettyPort" class="org.apache.activemq.web.WebConsolePort">',
    '  <property name="host" value="127.0.0.1"/>',
    "</bean>",
)

MOODS = (
    Mood(
        name="login",
        pages={"*": said("", 401, www_authenticate='basic realm="ActiveMQRealm"')},
        access=Access.REFUSED,
    ),
)

PROBE = Probe(
    id="activemq-web",
    moods=MOODS,
    title="ActiveMQ web console",
    ports=(*tcp(8161), DefaultPort(8162, tls=True)),
    sends=(get(CONSOLE), get(BRIDGE)),
    ask_http=ask,
    fingerprints=(Fingerprint(header=("www-authenticate", _REALM)), Fingerprint(title="ActiveMQ")),
    # 5.18
    icons=(1766699363,),
    references=_PAGES,
    rules=(
        Rule(
            id="activemq-console-open",
            title="The web console of ActiveMQ asks for no password",
            why="Anybody reads, moves and deletes messages and creates queues.",
            controls=Controls.DATA,
            holds=_console_open,
            remedy=_REMEDY,
            cwe=(306, 1188),
            attack=("T1190", "T1213"),
            references=_PAGES,
        ),
        Rule(
            id="activemq-jolokia-open",
            title="The JMX bridge of ActiveMQ asks for no password",
            why="Its operations load configuration from anywhere: code of his choice on the broker's machine.",
            controls=Controls.HOST,
            holds=_bridge_open,
            remedy=_REMEDY,
            cwe=(306, 749, 1188),
            attack=("T1190", "T1059"),
            references=_PAGES,
        ),
    ),
)
