"""A process that was told to do what attacks do: download and run, decode and run, hide, stay."""

from collections.abc import Iterator

from scanner.findings.compromise import candidates
from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.checks.process_known_name import is_reader
from scanner.host.families import builds
from scanner.host.snapshot import Snapshot

_HABITS = frozenset({"download-and-run", "decode-and-run", "reverse-shell", "file-made-immutable"})


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    building = builds(snapshot)
    for process in snapshot.processes:
        # A whole script in one argument may speak of anything.
        if process.kernel or process.pid in building or "\n" in process.command:
            continue
        for found in dict.fromkeys(candidates({"command": (process.command,)})):
            if found.id in _HABITS and not is_reader(process, snapshot):
                # Two habits are two signs.
                detail = sentence(f"{found.id}: {found.detail}")
                yield Sign(f"{CHECK.id}/{found.id}", about_process(process), Weight.WEAK, detail)


CHECK = Check(
    id="process-command",
    title="A process was told to do what attacks do",
    reads="/proc/PID/cmdline",
    proves="Its command line has a habit of attacks: it downloads or decodes what it runs, or makes files immutable.",
    wrong="Installers and administrators download and run, too: one weak sign each, nothing below a build tool.",
    decide="tr '\\0' ' ' < /proc/{pid}/cmdline; ls -l /proc/{pid}/exe /proc/{pid}/cwd",
    attack=("T1059.004", "T1140"),
    ask=_ask,
)
