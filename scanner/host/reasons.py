"""Why this machine listens: from socket to process, unit or container, and the line that opened it; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

from scanner.config.door import Door
from scanner.core.address import Address, to_number
from scanner.core.finding import Anchor
from scanner.core.guard import Guard
from scanner.core.ports import Transport
from scanner.core.text import clean
from scanner.host.families import container_of, holders
from scanner.host.masking import without_secrets
from scanner.host.snapshot import Container, Process, Snapshot, Socket, State
from scanner.targets.special import Reach, reach

_TUNNELS = ("-L", "-R", "-D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One listener, explained."""

    address: Address
    port: int
    transport: Transport
    process: Process | None = None
    unit: str = ""
    container: Container | None = None
    door: Door | None = None
    """What the configuration says of it."""
    anchor: Anchor | None = None
    """The line that opened it."""
    line: str = ""
    """That line as it stands in the file."""
    note: str = ""
    """What else opened it: an ssh tunnel, a forward."""

    @property
    def outside(self) -> bool:
        """Whether others than this machine reach the address; a firewall may narrow it."""
        return _is_outside(self.address)

    @property
    def open(self) -> bool:
        """Whether its configuration lets strangers in from outside."""
        return self.outside and self.door is not None and self.door.guard is Guard.OPEN

    @property
    def owner(self) -> str:
        """Who listens, in words: dockerd (docker.service, override.conf:3 ExecStart=...)."""
        if self.process is not None:
            name = clean(self.process.name, 40)
        else:
            name = "the container engine" if self.container is not None else "a process that can't be seen"
        about = [self.unit] if self.unit else []
        if self.container is not None:
            about.append(f"container {clean(self.container.name, 80)}")
        if self.container is not None and self.container.service:
            about.append(f"Compose service {clean(self.container.service, 80)}")
        if self.anchor is not None:
            about.append(f"{self.anchor.file}:{self.anchor.line} {self.line}")
        elif self.line:
            about.append(self.line)
        if self.note:
            about.append(self.note)
        return f"{name} ({', '.join(about)})" if about else name


@lru_cache(maxsize=65_536)
def _is_outside(address: Address) -> bool:
    return reach(to_number(address)) is not Reach.LOOPBACK


def explain(snapshot: Snapshot) -> tuple[Reason, ...]:
    """Return a reason for every listener of the machine's own network, and for published ports without a socket."""
    owners = holders(snapshot)
    found: dict[tuple[str, int, Transport], Reason] = {}
    for socket in snapshot.sockets:
        if socket.state is State.LISTEN and socket.network == snapshot.network and _waits(socket):
            key = (str(socket.address), socket.port, socket.transport)
            found.setdefault(key, _reason(snapshot, socket, owners.get(socket.inode)))
    seen = {(port, transport) for _, port, transport in found}
    for container in snapshot.containers:
        for address, port, transport in container.ports if container.running else ():
            if (port, transport) not in seen:
                found[address, port, transport] = _published(snapshot, container, address, port, transport)
    return tuple(sorted(found.values(), key=lambda one: (one.transport, one.port, str(one.address))))


def _waits(socket: Socket) -> bool:
    # An unconnected UDP socket on a port of the ephemeral range is somebody's question, not a service.
    return socket.transport is Transport.TCP or socket.port < 32_768


def _reason(snapshot: Snapshot, socket: Socket, process: Process | None) -> Reason:
    container = _container(snapshot, socket, process)
    door = next(_doors(snapshot, socket, process), None)
    opened = door.opened_by if door else None
    if container is not None and (published := snapshot.published.get((container.id, socket.port))):
        opened = published
    return Reason(
        address=socket.address,
        port=socket.port,
        transport=socket.transport,
        process=process,
        unit=snapshot.units.get(process.pid, "") if process else "",
        container=container,
        door=door,
        # Line 0 stands for a command line: there is no file to open.
        anchor=opened.anchor if opened and opened.anchor.line else None,
        line=without_secrets(opened.text) if opened else "",
        note=_note(process),
    )


def _published(snapshot: Snapshot, container: Container, address: str, port: int, transport: Transport) -> Reason:
    line = snapshot.published.get((container.id, port))
    return Reason(
        address=ip_address(address),
        port=port,
        transport=transport,
        container=container,
        anchor=line.anchor if line else None,
        line=without_secrets(line.text) if line else "",
    )


def _container(snapshot: Snapshot, socket: Socket, process: Process | None) -> Container | None:
    if process is not None and (inside := container_of(snapshot, process)) is not None:
        return inside
    if process is None or "proxy" in process.name or process.name == "rootlessport":
        return _publishers(snapshot).get((socket.port, socket.transport))
    return None


@lru_cache(maxsize=4)
def _publishers(snapshot: Snapshot) -> dict[tuple[int, Transport], Container]:
    containers = [one for one in snapshot.containers if one.running]
    return {(port, transport): one for one in reversed(containers) for _, port, transport in one.ports}


def _doors(snapshot: Snapshot, socket: Socket, process: Process | None) -> Iterator[Door]:
    """Yield what the process's configuration says of this socket, the most exact address first."""
    doors = snapshot.doors.get(process.pid, ()) if process is not None else ()
    fitting = [door for door in doors if (door.port, door.transport) == (socket.port, socket.transport)]
    yield from (door for door in fitting if door.address == str(socket.address))
    yield from (door for door in fitting if door.address in {"0.0.0.0", "::"} and socket.address.is_unspecified)


def _note(process: Process | None) -> str:
    if process is None:
        return ""
    if process.name == "ssh":
        words = process.argv
        shown = [
            " ".join(words[place : place + 2]) if len(word) == 2 else word
            for place, word in enumerate(words)
            if word.startswith(_TUNNELS)
        ]
        return clean(f"ssh tunnel {' '.join(shown) or 'of its configuration (~/.ssh/config)'}", 200)
    # The daemon is titled `sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups`, a session `sshd: ada@pts/0`.
    session = process.name.startswith("sshd") and process.argv and process.argv[0].startswith("sshd:")
    if session and "[listener]" not in process.argv[0]:
        return clean(f"remote forward of the session {process.argv[0]}; GatewayPorts of sshd_config decides", 200)
    return ""
