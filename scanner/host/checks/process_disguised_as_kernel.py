"""A process that is named like a kernel thread and is none."""

import re
from collections.abc import Iterator

from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.snapshot import Process, Snapshot

# Names that no program has, with and without the brackets that ps puts around a thread of the kernel.
_ONLY_KERNEL = (
    r"kworker/[\w:.+-]+|ksoftirqd/\d+|migration/\d+|cpuhp/\d+|watchdog/\d+|idle_inject/\d+|irq/\d+[\w-]*|jbd2/[\w-]+"
    r"|kthreadd|kswapd\d+|khugepaged|kcompactd\d+|kdevtmpfs|kauditd|khungtaskd|oom_reaper|kblockd|bioset|ksmd|kintegrityd"
    r"|kthrotld|ipv6_addrconf|rcu_(?:sched|bh|preempt|gp|par_gp|tasks\w*|exp\w*)(?:/\d+)?|rcuo[gps]/\d+|rcu[bc]/\d+"
    r"|scsi_(?:eh|tmf|wq)_\d+|mm_percpu_wq|slub_flushwq|inet_frag_wq|pool_workqueue_\w+|tpm_dev_wq|devfreq_wq|zswap-shrink"
    r"|blkcg_punt_bio|ext4-rsv-con\w*|xfsaild/[\w-]+|kdmflush(?:/[\d:]+)?|dm_bufio_cache|kcryptd(?:_io)?/[\d:]+|raid5wq"
    r"|rpciod|xprtiod|nfsiod|acpi_thermal_pm|edac-poller|psimon|kdamond\.\d+|vhost-\d+|kvm-pit/\d+|nvme-[\w-]*wq|pdflush"
    r"|card\d+-crtc\d+|btrfs-(?:cleaner|transaction|\w+)|events/\d+|aio/\d+|kpsmoused|writeback|netns"
)
# Words that programs have too: with the brackets alone.
_KERNEL_IN_BRACKETS = (
    r"md|nfsd|lockd|cryptd|hwrng|kstrp|ata_sff|watchdogd|loop\d+|usb-storage|cfg80211|charger_manager|crypto|cgroup"
    r"|deferwq|mld|krfcommd|z_\w+|spl_\w+|txg_\w+|sync_supers|perf|kacpid|kacpi_\w+"
)
_BARE = re.compile(_ONLY_KERNEL)
_IN_BRACKETS = re.compile(rf"\[(?:{_ONLY_KERNEL}|{_KERNEL_IN_BRACKETS})\]")
# What ps shows of any thread of the kernel; `[celeryd: worker]` has a blank.
_SHAPE = re.compile(r"\[[A-Za-z][\w/:.+@-]*\]")


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    threads = {_shape(process.name) for process in snapshot.processes if process.kernel}
    for process in snapshot.processes:
        found = None if process.kernel or process.zombie else _judged(process, threads)
        if found is not None:
            weight, shown = found
            where = process.executable or "an executable that can't be seen"
            detail = f"named {shown} like a kernel thread, but the kernel says that it is a program (it runs {where})"
            paths = (process.executable,) if process.executable else ()
            yield Sign(CHECK.id, about_process(process), weight, sentence(detail), paths)


def _judged(process: Process, threads: set[str]) -> tuple[Weight, str] | None:
    first = process.argv[0].strip() if process.argv else ""
    for name in (first, process.name):
        if _BARE.fullmatch(name) or _IN_BRACKETS.fullmatch(name):
            return Weight.STRONG, name
    if _SHAPE.fullmatch(first) is None:
        return None
    # A name that a thread of this very kernel has, whatever kernel that is.
    return (Weight.STRONG if _shape(first[1:-1]) in threads else Weight.WEAK), first


def _shape(name: str) -> str:
    return re.sub(r"\d+", "0", name)


CHECK = Check(
    id="process-disguised-as-kernel",
    title="A process pretends to be a kernel thread",
    reads="/proc/PID/stat field 9 (PF_KTHREAD, 0x00200000), /proc/PID/comm, /proc/PID/cmdline",
    proves="A program chose a name that only the kernel's own threads have; it can't set the kernel's flag.",
    wrong="Names of Linux's threads, and of those that run on this machine, are strong. Another single word in "
    "brackets is one weak sign: ps shows threads of the kernel so, and hardly a program calls itself that.",
    decide="ls -l /proc/{pid}/exe; cat /proc/{pid}/maps | head # a kernel thread has neither",
    attack=("T1036.004", "T1036.005"),
    ask=_ask,
)
