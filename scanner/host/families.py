"""What several checks ask of a snapshot: who holds a socket, who runs below a build tool; pure."""

from functools import lru_cache

from scanner.core.address import Address, to_number
from scanner.core.text import clean
from scanner.host.check import Kind, Subject
from scanner.host.paths import disguised, temporary
from scanner.host.snapshot import Container, Process, Snapshot
from scanner.targets.special import Reach, reach

_GENERATIONS = 12

# Tools that compile, link and test, and so run programs of a minute's life from temporary folders.
_TOOLS = frozenset(
    {"make", "gmake", "ninja", "cmake", "ctest", "meson", "scons", "configure", "bazel", "buck2", "dkms"}
    | {"gcc", "g++", "cc", "c++", "cc1", "cc1plus", "ld", "ld.lld", "clang", "cargo", "rustc", "go", "swift"}
    | {"javac", "gradle", "mvn", "sbt", "msbuild", "npm", "node-gyp", "pip", "pip3"}
    | {"pytest", "py.test", "tox", "dpkg", "apt", "apt-get", "rpm", "dnf", "yum"}
)


@lru_cache(maxsize=4)
def holders(snapshot: Snapshot) -> dict[int, Process]:
    """Return the process that holds each socket, by inode; of several the one that started first."""
    found: dict[int, Process] = {}
    for process in sorted(snapshot.processes, key=lambda one: one.started_ticks):
        for inode in process.sockets:
            found.setdefault(inode, process)
    return found


def container_of(snapshot: Snapshot, process: Process) -> Container | None:
    """Return the innermost container that a process runs in; None also where no engine described it."""
    known = _by_id(snapshot)
    return next((known[one] for one in reversed(process.container_ids) if one in known), None)


@lru_cache(maxsize=4)
def _by_id(snapshot: Snapshot) -> dict[str, Container]:
    return {one.id: one for one in snapshot.containers}


@lru_cache(maxsize=4)
def builds(snapshot: Snapshot) -> frozenset[int]:
    """Return the build, test and package tools, and what runs below them; a tool in a temporary folder is none."""
    by_pid = {process.pid: process for process in snapshot.processes}
    tools = {process.pid for process in snapshot.processes if _is_tool(process)}
    return frozenset(pid for pid in by_pid if pid in tools or _descends(pid, by_pid, tools))


def _is_tool(process: Process) -> bool:
    path = process.executable or ""
    if not path or temporary(path) or disguised(path):
        return False
    names = [path, *process.argv[1:3]] if "python" in path or "node" in path or "/sh" in path else [path]
    return any(name.rpartition("/")[2] in _TOOLS for name in names)


def _descends(pid: int, by_pid: dict[int, Process], tools: set[int]) -> bool:
    for _ in range(_GENERATIONS):
        process = by_pid.get(pid)
        if process is None:
            return False
        pid = process.parent
        if pid in tools:
            return True
    return False


def abroad(address: Address) -> bool:
    """Tell whether an address is outside of the user's own networks; what nobody should have is outside, too."""
    return reach(to_number(address)) not in {Reach.LOOPBACK, Reach.LINK_LOCAL, Reach.PRIVATE}


def nobody(name: str) -> Subject:
    """Return a subject for what no visible process holds."""
    return Subject(Kind.LISTENER, clean(name, 120), clean(name, 120))
