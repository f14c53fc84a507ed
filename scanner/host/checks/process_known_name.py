"""A process that is named, or was started, like a published miner or malware."""

from collections.abc import Iterator

from scanner.findings.candidate import Candidate
from scanner.findings.compromise import candidates
from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.paths import disguised, hidden, temporary
from scanner.host.snapshot import Process, Snapshot

# Whoever looks for a miner names it: as an argument of these a name says nothing.
_READERS = frozenset(
    {"grep", "egrep", "fgrep", "zgrep", "rg", "ag", "ack", "less", "more", "cat", "tail", "head", "vi", "vim", "nvim"}
    | {"vim.basic", "nano", "emacs", "sed", "awk", "gawk", "mawk", "find", "locate", "plocate", "ps", "pgrep", "pkill"}
    | {"killall", "kill", "pidof", "top", "htop", "man", "apt", "apt-get", "dpkg", "dnf", "yum", "rpm", "pip", "git"}
    | {"strings", "file", "ls", "lsof", "journalctl", "watch", "xargs", "dig", "host", "nslookup", "whois", "ping"}
    | {"yara", "clamscan", "rkhunter", "exposure", "pytest", "diff", "sha256sum", "md5sum", "jq"}
)
# What only a miner is told, whatever it calls itself.
_TOLD = frozenset({"mining-pool-protocol", "miner-option", "miner-algorithm", "mining-pool", "monero-wallet"})
# Where readers that use the network ask: names, packages, repositories. Others hold no connection at all.
_READ_FROM = frozenset({22, 43, 53, 80, 443, 853, 9418})


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for process in snapshot.processes:
        found = None if process.kernel else _judged(process, snapshot)
        if found is not None:
            weight, seen = found
            paths = (process.executable,) if process.executable else ()
            yield Sign(CHECK.id, about_process(process), weight, sentence(f"{seen.id}: {seen.detail}"), paths)


def _judged(process: Process, snapshot: Snapshot) -> tuple[Weight, Candidate] | None:
    said = _certain(process.command)
    runs = _certain(*_programs(process), names=(process.name, process.executable or ""))
    if runs is not None:
        return Weight.STRONG, said or runs
    if said is None:
        return None
    if is_reader(process, snapshot) or (said.id not in _TOLD and _reads_by_script(process)):
        return Weight.NOTE, said
    return (Weight.STRONG if said.id in _TOLD else Weight.WEAK), said


def _certain(*commands: str, names: tuple[str, ...] = ()) -> Candidate | None:
    # What an honest command may hold too (a download, a temporary folder) says too little of a process.
    return next((one for one in candidates({"command": commands, "name": names}) if one.certain), None)


def _programs(process: Process) -> tuple[str, ...]:
    return (process.argv[0] if process.argv else "", process.script)


def is_reader(process: Process, snapshot: Snapshot) -> bool:
    """Tell whether a process looks at what others do, as grep does."""
    program = process.executable or ""
    honest = not (process.deleted or temporary(program) or disguised(program) or hidden(program))
    return honest and program.rpartition("/")[2] in _READERS and not _talks(process, snapshot)


def _talks(process: Process, snapshot: Snapshot) -> bool:
    """Tell whether a reader talks to somebody whom readers don't talk to: a miner may call itself git."""
    return any(
        socket.peer is not None and socket.inode in process.sockets and socket.peer_port not in _READ_FROM
        for socket in (snapshot.sockets if process.sockets else ())
    )


def _reads_by_script(process: Process) -> bool:
    return process.script.rpartition("/")[2] in _READERS


CHECK = Check(
    id="process-known-name",
    title="A process has the name of published malware",
    reads="/proc/PID/comm, /proc/PID/cmdline, the target of /proc/PID/exe",
    proves="Somebody runs a program under the name of a published miner or of a campaign's file.",
    wrong="You mine on purpose, or study malware here. Whole words only: `minerd` does not match `minerdata`. A name "
    "that is an argument alone is one weak sign, and a note behind grep, less and their like, which look for it and "
    "talk to nobody but name servers, packages and repositories.",
    decide="ls -l /proc/{pid}/exe; sha256sum /proc/{pid}/exe # and look the hash up",
    attack=("T1496.001",),
    ask=_ask,
)
