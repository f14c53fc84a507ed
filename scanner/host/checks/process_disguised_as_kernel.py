"""A process that is named like a kernel thread and is none."""

import re
from collections.abc import Iterator

from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.snapshot import Snapshot

_KERNEL = re.compile(
    r"\[?(?:kworker/[\w:+-]+|ksoftirqd/\d+|migration/\d+|cpuhp/\d+|watchdog/\d+|rcu_(?:sched|bh|preempt|gp|par_gp)"
    r"|kthreadd|kswapd\d+|khugepaged|kcompactd\d+|kdevtmpfs|kauditd|khungtaskd|oom_reaper|writeback|kblockd|netns"
    r"|jbd2/[\w-]+|scsi_eh_\d+|irq/\d+[\w-]*|bioset|ksmd|kintegrityd|kthrotld|ipv6_addrconf)\]?"
)


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for process in snapshot.processes:
        if process.kernel or process.zombie:
            continue
        first = process.argv[0].strip() if process.argv else ""
        bracketed = first.startswith("[") and first.endswith("]")
        shown = first if bracketed and _KERNEL.fullmatch(first) else process.name
        if _KERNEL.fullmatch(shown):
            where = process.executable or "an executable that can't be seen"
            detail = f"named {shown} like a kernel thread, but the kernel says that it is a program (it runs {where})"
            paths = (process.executable,) if process.executable else ()
            yield Sign(CHECK.id, about_process(process), Weight.STRONG, sentence(detail), paths)


CHECK = Check(
    id="process-disguised-as-kernel",
    title="A process pretends to be a kernel thread",
    reads="/proc/PID/stat field 9 (PF_KTHREAD, 0x00200000), /proc/PID/comm, /proc/PID/cmdline",
    proves="A program chose a name that only the kernel's own threads have; it can't set the kernel's flag.",
    wrong="A name with a kernel thread's pattern chosen in good faith; none is known to us.",
    decide="ls -l /proc/{pid}/exe; cat /proc/{pid}/maps | head # a kernel thread has neither",
    attack=("T1036.004", "T1036.005"),
    ask=_ask,
)
