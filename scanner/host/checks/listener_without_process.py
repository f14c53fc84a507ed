"""A listening socket that no process holds, as far as root can see."""

from collections.abc import Iterator

from scanner.host.check import Check, Kind, Sign, Subject, Weight, sentence
from scanner.host.families import holders
from scanner.host.snapshot import Snapshot, State

# The kernel itself listens for NFS, its lock manager, the portmapper's calls and WireGuard.
_KERNEL_PORTS = frozenset({2049, 111, 51820})


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    people = [process for process in snapshot.processes if not process.kernel and not process.zombie]
    if not snapshot.root or not people or not all(process.sockets_seen for process in people):
        return
    owners = holders(snapshot)
    for socket in snapshot.sockets:
        if socket.state is not State.LISTEN or socket.inode in owners or not socket.inode:
            continue
        weight = Weight.NOTE if socket.port in _KERNEL_PORTS else Weight.WEAK
        place = f"{socket.address} port {socket.port}/{socket.transport.value}"
        subject = Subject(Kind.LISTENER, place, f"listener on {place}")
        yield Sign(CHECK.id, subject, weight, sentence(f"no process holds the socket that listens on {place}"))


CHECK = Check(
    id="listener-without-process",
    title="A listener that no process holds",
    reads="/proc/PID/net/tcp, tcp6, udp, udp6 of every network namespace; /proc/PID/fd of every process",
    proves="The process that listens is hidden, or the kernel itself listens.",
    wrong="NFS, lockd and WireGuard listen inside the kernel. A process that starts while we read. One weak sign.",
    decide="ss -tulnp; lsmod; rpcinfo -p",
    root=True,
    attack=("T1014",),
    ask=_ask,
)
