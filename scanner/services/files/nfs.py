"""NFS: directories that are exported to everybody are mounted, read and often written by anybody.

Specification: RFC 1813 (NFS 3, and MOUNT 3 in appendix I)
"""

from dataclasses import dataclass
from typing import NamedTuple

from scanner.core.count import counted
from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.firewall import PLACEHOLDER
from scanner.core.jsontext import Json
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean
from scanner.core.unheard import Unheard
from scanner.wire.oncrpc import NO_PROGRAM, NO_VERSION, SUCCESS, Reader, call, mark
from scanner.wire.oncrpc import ask as ask_rpc

ASK_EXPORTS = call(100005, 3, 5)
ASK_NOTHING = call(100003, 3, 0)
_MOST_EXPORTS = 500
_MOST_GROUPS = 2_000
_EVERYBODY = {"*", "(everyone)", "0.0.0.0/0", "0.0.0.0/0.0.0.0", "::/0"}


class Export(NamedTuple):
    """One directory and who may mount it."""

    path: str
    groups: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether everybody may."""
        return not self.groups or bool(_EVERYBODY & set(self.groups))


@dataclass(frozen=True, slots=True, kw_only=True)
class NfsFacts(Facts):
    """What a file server showed."""

    exports: int = 0
    open_exports: tuple[str, ...] = ()


def parse_exports(results: Reader) -> list[Export]:
    """Return the exports of a MOUNT server; raises Malformed."""
    exports: list[Export] = []
    while results.number() == 1:
        path = clean(results.opaque(1_024), 200)
        groups: list[str] = []
        while results.number() == 1:
            groups.append(clean(results.opaque(255), 120))
            if len(groups) > _MOST_GROUPS:
                raise Malformed("too many groups")
        exports.append(Export(path, tuple(groups)))
        if len(exports) > _MOST_EXPORTS:
            raise Malformed("too many exports")
    return exports


async def ask(talk: Talk) -> NfsFacts | None:
    """Ask the mount server for its exports; where only NFS itself lives, make its empty call. Nothing is mounted."""
    status, results = await ask_rpc(talk, ASK_EXPORTS)
    if status == SUCCESS:
        return _judge(parse_exports(results))
    if status not in {NO_PROGRAM, NO_VERSION}:
        note = "it did not list its exports: out of memory, or out of order"
        proof = (Exchange("MOUNT EXPORT", f"accept status {status}"),)
        return NfsFacts(product="NFS mount server", proof=proof, note=note, unheard=Unheard.REFUSED_LATER)
    status, _ = await ask_rpc(talk, ASK_NOTHING)
    if status not in {SUCCESS, NO_VERSION}:
        return None
    return NfsFacts(
        product="NFS server",
        proof=(Exchange("NFS NULL", "accepted" if status == SUCCESS else "another version only"),),
        note="the list of exports is told by the mount server, on a port of its own (20048, or see rpcbind)",
    )


def _judge(exports: list[Export]) -> NfsFacts:
    unlocked = tuple(export.path for export in exports if export.open)
    shown: list[Json] = [f"{export.path}: {'everybody' if export.open else 'named hosts'}" for export in exports[:20]]
    proof = (Exchange("MOUNT EXPORT", f"{counted(len(exports), 'export')}, {len(unlocked)} for everybody"),)
    if not exports:
        return NfsFacts(product="NFS mount server", proof=proof, note="it exports nothing to this address")
    return NfsFacts(
        access=Access.METADATA if unlocked else Access.REFUSED,
        product="NFS mount server",
        evidence={"exports": shown},
        proof=proof,
        traces={"name": unlocked},
        exports=len(exports),
        open_exports=unlocked,
    )


def _open(facts: NfsFacts) -> str | None:
    if not facts.open_exports:
        return None
    return f"It exports {facts.open_exports[0]} to everybody, by its own list; {len(facts.open_exports)} in all."


_PAGES = ("https://linux.die.net/man/5/exports", "https://docs.kernel.org/admin-guide/nfs/index.html")

PROBE = Probe(
    id="nfs",
    title="NFS",
    ports=tcp(2049, 20048),
    sends=(
        line(mark(ASK_EXPORTS), why="MOUNT EXPORT lists what may be mounted"),
        line(mark(ASK_NOTHING), why="NULL does nothing"),
    ),
    ask=ask,
    no_moods="its states are RPC statuses, which are all read",
    waits_in_silence=True,
    references=_PAGES,
    rules=(
        Rule(
            id="nfs-export-everybody",
            title="NFS exports a directory to everybody",
            why="Anybody mounts it, and with user numbers of their own choice reads and often writes its files.",
            controls=Controls.DATA,
            holds=_open,
            remedy=(
                "# /etc/exports: name the machines, map root to nobody, and ask for Kerberos where you can",
                f"/srv/share {PLACEHOLDER}(rw,root_squash,sec=krb5p)",
                "exportfs -ra",
                "# /etc/nfs.conf: listen inside only",
                "[nfsd]",
                "host=10.0.0.5",
            ),
            cwe=(306, 732, 668),
            attack=("T1190", "T1039", "T1135"),
            references=_PAGES,
        ),
    ),
)
