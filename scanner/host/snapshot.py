"""Everything that is known of this machine, read once and frozen: what the checks judge, and nothing else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from scanner.config.door import Door
from scanner.config.setting import Setting
from scanner.core.address import Address
from scanner.core.ports import Transport

# docker-ID.scope, libpod-ID.scope, cri-containerd-ID.scope, /docker/ID.
_ID_CHARS = 64
_IN_CGROUP = re.compile(rf"(?<![0-9a-f])[0-9a-f]{{{_ID_CHARS}}}(?![0-9a-f])")
SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "busybox", "tcsh", "csh", "fish"})
INTERPRETERS = SHELLS | {"python", "perl", "ruby", "node", "php", "lua"}


class Gap(NamedTuple):
    """Something that could not be seen, and why."""

    what: str
    why: str
    do: str = ""
    """What to do about it; empty where nothing helps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuUse:
    """What a process or a container spent, as shares of one processor: 1.0 is a whole one."""

    recent: float
    """Between the two samples."""
    life: float
    """Since it started."""
    age_s: float
    of_all_recent: float = 0.0
    """Its part of all that was spent on the machine between the two samples, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process as /proc shows it (proc(5)); texts are as the process wrote them, not yet clean."""

    pid: int
    parent: int = 0
    uid: int | None = None
    """The real user; read of suspects alone."""
    name: str = ""
    """comm: at most 15 characters, and the process may change it."""
    argv: tuple[str, ...] = ()
    silent: bool = False
    """Whether its command line was empty in both samples."""
    kernel: bool = False
    """PF_KTHREAD in the flags, which no program can set."""
    zombie: bool = False
    started_ticks: int = 0
    executable: str | None = None
    """Where /proc/PID/exe points, without ` (deleted)`; None when it may not be read."""
    deleted: bool = False
    replaced: bool = False
    """Deleted, and another file stands at that path again, or at one of another version: an upgrade."""
    sealed: bool = False
    """Whether it runs from a memfd that nobody can change any more."""
    preload: str = ""
    """LD_PRELOAD in its environment."""
    cgroup: str = ""
    network: int = 0
    """Inode of its network namespace; 0 when it may not be read."""
    libraries: tuple[str, ...] = ()
    """Files that it runs code from and that lie in temporary folders."""
    sockets: frozenset[int] = frozenset()
    """Inodes of the sockets that it holds."""
    sockets_seen: bool = False
    """Whether its descriptors could be listed."""
    standard: tuple[int, ...] = ()
    """Inodes of the sockets that its input, output and errors are; read of shells and interpreters alone."""
    cpu: CpuUse | None = None
    covered: bool = False
    """Whether something is mounted over /proc/PID."""
    unlisted: bool = False
    """Whether it answers by its number and is missing from the listing of /proc."""
    fuse: str = ""
    """The mount point, when its executable lies on a FUSE mount of its own (AppImage)."""

    @property
    def container_ids(self) -> tuple[str, ...]:
        """The containers that it runs in, outermost first, as engines name control groups after them."""
        return tuple(_IN_CGROUP.findall(self.cgroup)) if len(self.cgroup) >= _ID_CHARS else ()

    @property
    def script(self) -> str:
        """What an interpreter runs: its first argument, unless that is an option; empty for other programs."""
        program = program_of(self.executable or (self.argv or ("",))[0])
        first = self.argv[1] if len(self.argv) > 1 and program in INTERPRETERS else ""
        return "" if first.startswith("-") else first

    @property
    def command(self) -> str:
        """The command line as one text; the name in brackets where there is none."""
        return " ".join(self.argv) if self.argv else f"[{self.name}]"


def program_of(path: str) -> str:
    """Return the name of a program without its version: python for /usr/bin/python3.11."""
    return path.rpartition("/")[2].rstrip("0123456789.")


class State(StrEnum):
    """What the kernel's socket tables say that matters here (include/net/tcp_states.h)."""

    LISTEN = "listening"
    ESTABLISHED = "established"
    OPENING = "SYN sent"


class Socket(NamedTuple):
    """One line of a socket table."""

    address: Address
    port: int
    transport: Transport
    state: State
    inode: int
    uid: int = 0
    peer: Address | None = None
    peer_port: int = 0
    network: int = 0
    """Inode of the network namespace that it belongs to; 0 for the reader's own when that is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartUp:
    """One thing that the machine runs by itself: at boot, at login, at a time, at an event."""

    kind: str
    """Such as `cron`, `systemd unit`, `shell profile`."""
    file: str
    line: int
    command: str
    user: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a file that matters as it is."""

    file: str
    line: int
    text: str
    user: str = ""


class HistoryState(StrEnum):
    """What became of a shell's history file."""

    LINKED_AWAY = "a link to /dev/null"
    EMPTY = "empty, although its user has logged in"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A shell's history file that tells nothing."""

    file: str
    user: str
    state: HistoryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One line of /etc/passwd, with what /etc/shadow says of its password."""

    name: str
    uid: int
    line: int
    shell: str
    home: str
    no_password: bool = False
    """Its password field is empty, in passwd or in shadow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container, as the engine's own API describes it."""

    id: str
    name: str
    engine: str
    """docker or podman."""
    image: str
    command: str
    running: bool
    mounts: tuple[str, ...] = ()
    """`source:destination[:ro]`, as the command line writes them."""
    privileged: bool = False
    host_namespaces: tuple[str, ...] = ()
    """Of `network`, `pid`, `ipc`: those that it shares with the host."""
    ports: tuple[tuple[str, int, Transport], ...] = ()
    """Published ports of the host."""
    project: str = ""
    """The Compose project, its service and its files, from the labels."""
    service: str = ""
    files: tuple[str, ...] = ()
    pid: int = 0
    cpu: CpuUse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashes:
    """What identifies an executable's content, computed here and never sent anywhere."""

    sha256: str
    md5: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The user's own list of what is known to be bad (--ioc)."""

    file: str = ""
    addresses: frozenset[str] = frozenset()
    networks: tuple[str, ...] = ()
    hashes: frozenset[str] = frozenset()
    """SHA-256 or MD5 in hex, lower case."""
    images: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Snapshot:
    """This machine at one moment."""

    machine: str = ""
    root: bool = False
    """Whether the reader was root."""
    user: str = ""
    processors: int = 1
    processes: tuple[Process, ...] = ()
    sockets: tuple[Socket, ...] = ()
    network: int = 0
    """Inode of the reader's own network namespace."""
    start_up: tuple[StartUp, ...] = ()
    preloads: tuple[Line, ...] = ()
    keys: tuple[Line, ...] = ()
    accounts: tuple[Account, ...] = ()
    histories: tuple[History, ...] = ()
    history_lines: tuple[Line, ...] = ()
    immutable: tuple[str, ...] = ()
    containers: tuple[Container, ...] = ()
    doors: Mapping[int, tuple[Door, ...]] = field(default_factory=dict)
    """What the configuration of each listening process opens, by process id."""
    published: Mapping[tuple[str, int], Setting] = field(default_factory=dict)
    """The line of the Compose file that published a port, by container id and port of the host."""
    units: Mapping[int, str] = field(default_factory=dict)
    """The systemd unit of each listening process."""
    hashes: Mapping[int, Hashes] = field(default_factory=dict)
    """By process id."""
    listed: Listed = Listed()
    gaps: tuple[Gap, ...] = ()

    def process(self, pid: int) -> Process | None:
        """Return one process."""
        return next((process for process in self.processes if process.pid == pid), None)
