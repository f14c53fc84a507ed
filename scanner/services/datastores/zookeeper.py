"""ZooKeeper: coordination data of Kafka, HBase and others; its four-letter commands tell of the host and its clients.

https://zookeeper.apache.org/doc/current/zookeeperAdmin.html#sc_4lw
"""

from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.errors import ClosedEarly, NotAllowed, TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import close_to_strangers
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.core.jsontext import Json
from scanner.core.mood import Mood
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.unheard import Unheard

_SRVR = b"srvr"
_ENVI = b"envi"
_MNTR = b"mntr"
_LONGEST = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class ZooKeeperFacts(Facts):
    """What a ZooKeeper server showed."""


def parse_fields(text: str, separator: str) -> dict[str, str]:
    """Return the `name<separator>value` lines of an answer."""
    pairs = (line.partition(separator) for line in text.splitlines())
    return {name.strip(): value.strip() for name, found, value in pairs if found}


async def ask(talk: Talk) -> ZooKeeperFacts | None:
    """`srvr` is open by default and names the product; `envi` and `mntr` answer only where they were switched on."""
    text = await _command(talk, _SRVR)
    if "is not executed because it is not in the whitelist" in text:
        return ZooKeeperFacts(
            access=Access.REFUSED, product="Apache ZooKeeper", proof=(Exchange("srvr", "not in the whitelist"),)
        )
    if "This ZooKeeper instance is not currently serving requests" in text:
        return ZooKeeperFacts(
            product="Apache ZooKeeper",
            proof=(Exchange("srvr", "not currently serving requests"),),
            note="it has no quorum and serves nobody at the moment",
            unheard=Unheard.REFUSED_LATER,
        )
    if not text.startswith("Zookeeper version:"):
        return None
    fields = parse_fields(text, ":")
    version = fields["Zookeeper version"].split("-")[0].split(",")[0]
    evidence: dict[str, Json] = {
        label: fields[name]
        for name, label in (("Mode", "mode"), ("Node count", "nodes"), ("Connections", "connections"))
        if name in fields
    }
    proof = [Exchange("srvr", f"Zookeeper version: {version}")]
    environment = parse_fields(await _spare(talk, _ENVI), "=")
    if "zookeeper.version" in environment:
        proof.append(Exchange("envi", f"{counted(len(environment), 'property')} of the host"))
        evidence |= {label: environment[key] for key, label in _PROPERTIES.items() if key in environment}
    monitored = await _spare(talk, _MNTR)
    if monitored.startswith("zk_version"):
        proof.append(Exchange("mntr", counted(len(monitored.splitlines()), "measurement")))
    told = len(proof) > 1
    return ZooKeeperFacts(
        access=Access.METADATA if told else Access.UNKNOWN,
        product="Apache ZooKeeper",
        version=version,
        evidence=evidence,
        proof=tuple(proof),
        note=None if told else "whether its nodes are readable takes a session, which ZooKeeper writes to its log",
    )


_PROPERTIES = {"host.name": "host", "java.version": "java", "os.version": "kernel", "user.name": "user"}


async def _spare(talk: Talk, command: bytes) -> str:
    """Send a command whose failure costs only its own answer: `srvr` has named the product."""
    try:
        return await _command(talk, command)
    except NotAllowed:
        raise
    except TalkError:
        return ""


async def _command(talk: Talk, command: bytes) -> str:
    """Send a four-letter command on a connection of its own and return all of the answer."""
    await talk.reopen()
    await talk.send(command)
    answer = b""
    try:
        while len(answer) < _LONGEST and (more := await talk.read_some()):
            answer += more
    except ClosedEarly:
        pass
    except TalkError:
        if not answer:
            raise
    return answer.decode("utf-8", "replace")


MOODS = (
    Mood(
        name="commands-not-listed",
        says={_SRVR: b"srvr is not executed because it is not in the whitelist.\n"},
        hangs_up=True,
        access=Access.REFUSED,
    ),
    Mood(
        name="no-quorum",
        says={_SRVR: b"This ZooKeeper instance is not currently serving requests\n"},
        hangs_up=True,
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="srvr-alone",
        says={_SRVR: b"Zookeeper version: 3.8.0-5a02a05, built on 2022-02-25\nMode: standalone\nNode count: 5\n"},
        otherwise=b"envi is not executed because it is not in the whitelist.\n",
        hangs_up=True,
    ),
    Mood(
        name="before-3.4",
        says={
            _SRVR: b"Zookeeper version: 3.3.5--1, built on 03/15/2012\nMode: standalone\nNode count: 5\n",
            _ENVI: b"Environment:\nzookeeper.version=3.3.5\nhost.name=h\n",
        },
        hangs_up=True,
        access=Access.METADATA,
    ),
)

_PAGES = ("https://zookeeper.apache.org/doc/current/zookeeperAdmin.html#sc_securityManagement",)
REMEDY = (
    "# zoo.cfg: where the clients are, the harmless command alone, no HTTP interface",
    "clientPortAddress=10.0.0.5",
    "4lw.commands.whitelist=srvr",
    "admin.enableServer=false",
    "# clients have to log in, and nodes get access lists other than world:anyone",
    "enforce.auth.enabled=true",
    "enforce.auth.schemes=sasl",
    close_to_strangers("tcp dport { 2181, 2888, 3888, 8080 }"),
)

PROBE = Probe(
    id="zookeeper",
    title="Apache ZooKeeper",
    ports=tcp(2181),
    sends=(line(_SRVR), line(_ENVI), line(_MNTR)),
    ask=ask,
    moods=MOODS,
    references=_PAGES,
    rules=(
        Rule(
            id="zookeeper-commands-open",
            title="ZooKeeper tells strangers about its host and its load",
            why="Paths, versions and users of the host help an attack, and what is this open seldom guards its nodes.",
            controls=Controls.CONFIG,
            holds=reads(Access.METADATA, "ZooKeeper answers more four-letter commands than `srvr` to anybody."),
            remedy=REMEDY,
            cwe=(306, 497, 200),
            attack=("T1190", "T1082", "T1213"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("zookeeper", "wurstmeister/zookeeper"),
        ports=(2181,),
        rule="zookeeper-commands-open",
        defaults=(
            ("3.0", Guard.OPEN),
            ("3.5", Guard.UNKNOWN),
        ),
        signs=("open: ZOO_4LW_COMMANDS_WHITELIST=[*]|*envi*|*mntr*",),
        files=("*zoo.cfg",),
        access=Access.METADATA,
        why="before 3.5 its commands answer anybody; since then the access lists of its nodes decide",
        source="https://hub.docker.com/_/zookeeper",
    ),
    Image(
        names=("confluentinc/cp-zookeeper",),
        ports=(2181,),
        rule="zookeeper-commands-open",
        defaults=(("", Guard.UNKNOWN),),
        signs=("open: KAFKA_OPTS=*4lw.commands.whitelist=[*]*",),
        access=Access.METADATA,
        why="its commands are closed, and the access lists of its nodes decide",
        source="https://docs.confluent.io/platform/current/installation/docker/config-reference.html",
    ),
)
