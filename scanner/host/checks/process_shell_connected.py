"""A shell that somebody far away types into: its input and output are a connection."""

from collections.abc import Iterator
from functools import lru_cache

from scanner.core.ports import Transport
from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.snapshot import SHELLS, Process, Snapshot, Socket, program_of

_ASKING = ("-c", "--command")
_MANY_IN_ONE = "busybox"


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    wired = [process for process in snapshot.processes if process.standard]
    for process in wired:
        peer = _connection(snapshot, process)
        if peer is None or not (_is_interactive(process) or _has_shell(snapshot, process)):
            continue
        weight = Weight.WEAK if peer.peer is not None and peer.peer.is_loopback else Weight.STRONG
        detail = (
            f"a shell whose input and output are a connection {peer.state.value} to {peer.peer} port {peer.peer_port}"
        )
        paths = (process.executable,) if process.executable else ()
        yield Sign(CHECK.id, about_process(process), weight, sentence(detail), paths)


def _connection(snapshot: Snapshot, process: Process) -> Socket | None:
    """Return the one connection that is input and output; a service that inetd starts for a question is none."""
    same = [inode for inode in set(process.standard) if process.standard.count(inode) > 1]
    return _connections(snapshot).get(same[0]) if same else None


@lru_cache(maxsize=4)
def _connections(snapshot: Snapshot) -> dict[int, Socket]:
    return {one.inode: one for one in snapshot.sockets if one.peer is not None and one.transport is Transport.TCP}


def _is_interactive(process: Process) -> bool:
    """Tell a shell that waits for commands from one that runs a script or the command that it was given."""
    words = process.argv
    program = program_of(process.executable or "")
    if program == _MANY_IN_ONE:
        # Its name says which of its programs runs; behind its own name the first argument does.
        words = words[1:] if words and program_of(words[0]) == program else words
        program = program_of(words[0]).lstrip("-") if words else ""
    if program not in SHELLS:
        return False
    return not any(word in _ASKING or not word.startswith(("-", "+")) for word in words[1:])


def _has_shell(snapshot: Snapshot, process: Process) -> bool:
    """Tell whether an interpreter started a shell that waits for commands, on a terminal of its own (pty.spawn)."""
    return any(one.parent == process.pid and _is_interactive(one) for one in snapshot.processes)


CHECK = Check(
    id="process-shell-connected",
    title="A shell is connected to somebody far away",
    reads="/proc/PID/fd/0 to 2 of shells and interpreters; /proc/PID/net/tcp and tcp6",
    proves="Whoever holds the other end types commands here: a reverse shell, or a shell bound to a port.",
    wrong="A shell without a script or a command, with a connection for its input and its output, is what rsh did. "
    "sshd, containers and terminals use pipes and terminals. To loopback it is one weak sign.",
    decide="ls -l /proc/{pid}/fd /proc/{pid}/exe; ss -tnp | grep pid={pid},; ps -o pid,ppid,lstart,args -p {pid}",
    attack=("T1059.004", "T1071"),
    ask=_ask,
)
