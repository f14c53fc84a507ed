"""Zabbix agent: one that answers every server reads out files, and with system.run on runs commands.

Specification: https://www.zabbix.com/documentation/current/en/manual/appendix/protocols/header_datalen. Only keys that
name the agent are asked for; an agent that is set up well closes without a word, and so can't be told from silence.
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed, TalkError
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule, reads
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

_MAGIC = b"ZBXD\x01"
_MOST_BYTES = 4_096
_UNSUPPORTED = b"ZBX_NOTSUPPORTED"


def request(key: str) -> bytes:
    """Return the packet that asks for an item."""
    return _MAGIC + len(key).to_bytes(4, "little") + bytes(4) + key.encode()


PING, VERSION, HOSTNAME = (request(f"agent.{name}") for name in ("ping", "version", "hostname"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ZabbixFacts(Facts):
    """What an agent told."""


def parse_length(header: bytes) -> int:
    """Return the length of the data after a 13-byte header; raises Malformed."""
    length = int.from_bytes(header[5:9], "little")
    if len(header) != 13 or not header.startswith(_MAGIC) or length > _MOST_BYTES:
        raise Malformed("no header of Zabbix")
    return length


async def ask(talk: Talk) -> ZabbixFacts | None:
    """Ask for agent.ping, whose answer is 1, then for version and name, each on its own connection."""
    if await _item(talk, PING) != b"1":
        return None
    version, host = await _more(talk, VERSION), await _more(talk, HOSTNAME)
    return ZabbixFacts(
        access=Access.METADATA,
        product="Zabbix agent",
        version=version,
        evidence={"host": host} if host else {},
        proof=(Exchange("agent.ping", "1"), Exchange("agent.version", version or "no answer")),
    )


async def _item(talk: Talk, packet: bytes) -> bytes:
    await talk.send(packet)
    return await talk.read_exactly(parse_length(await talk.read_exactly(13)))


async def _more(talk: Talk, packet: bytes) -> str | None:
    await talk.reopen()
    try:
        value = await _item(talk, packet)
    except TalkError:
        return None
    return clean(value, 120) if value and not value.startswith(_UNSUPPORTED) else None


_PAGES = (
    "https://www.zabbix.com/documentation/current/en/manual/appendix/config/zabbix_agentd",
    "https://www.zabbix.com/documentation/current/en/manual/encryption",
)

PROBE = Probe(
    id="zabbix-agent",
    title="Zabbix agent",
    ports=tcp(10050),
    sends=(line(PING), line(VERSION), line(HOSTNAME)),
    ask=ask,
    no_moods="it answers an address of its list and closes on all others",
    references=_PAGES,
    rules=(
        Rule(
            id="zabbix-agent-answers-anybody",
            title="The Zabbix agent answers any server",
            why="Anybody reads files and processes of the host through it, and runs commands where system.run is on.",
            controls=Controls.HOST,
            holds=reads(Access.METADATA, "The Zabbix agent answers items to this address, which is not its server."),
            remedy=(
                "# zabbix_agentd.conf: your server's address, never 0.0.0.0/0",
                "Server=10.0.0.5",
                "DenyKey=system.run[*]",
                "# and encryption with a shared key",
                "TLSAccept=psk",
                "TLSPSKIdentity=web1",
                "TLSPSKFile=/etc/zabbix/agent.psk",
            ),
            cwe=(306, 1188, 200),
            attack=("T1190", "T1082", "T1005"),
            references=_PAGES,
        ),
    ),
)
