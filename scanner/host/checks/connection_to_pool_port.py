"""A program that talks to a public address on a port where mining pools listen."""

from collections.abc import Iterator

from scanner.core.ports import Transport
from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.families import abroad, holders
from scanner.host.snapshot import Snapshot, State

# Published by the large pools for stratum; 25, 80, 443 and 8000-8899 are left out, as everybody uses those.
PORTS = frozenset(
    {1111, 2222, 3333, 3334, 3335, 3336, 3337, 3357, 4444, 5555, 5556, 5588, 5730, 6099, 6666, 7777, 7778, 9000, 9999,
     10001, 10008, 10032, 10128, 10300, 10343, 13333, 13531, 14433, 14444, 15555, 18081, 20128, 20535, 20580, 24444,
     33333, 33334, 44444, 45560, 45700, 55555}
)  # fmt: skip


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    owners = holders(snapshot)
    for socket in snapshot.sockets:
        if socket.peer is None or socket.transport is not Transport.TCP or socket.state is State.LISTEN:
            continue
        process = owners.get(socket.inode)
        if process is not None and socket.peer_port in PORTS and abroad(socket.peer):
            detail = (
                f"connection {socket.state.value} to {socket.peer} port {socket.peer_port}, where mining pools listen"
            )
            yield Sign(CHECK.id, about_process(process), Weight.WEAK, sentence(detail))


CHECK = Check(
    id="connection-to-pool-port",
    title="A program talks to a port where mining pools listen",
    reads="/proc/PID/net/tcp and tcp6, once for each network namespace; /proc/PID/fd",
    proves="A connection to a public address on a port that pools publish for stratum is open or being opened.",
    wrong="Ports mean little: games, IRC and clusters use some of these. One weak sign, only together with others. "
    "Private addresses and 25, 80, 443, 8000-8899 don't count. No name is resolved.",
    decide="ss -tnp | grep pid={pid}, # then look the address up from another machine",
    attack=("T1496.001", "T1071"),
    ask=_ask,
)
