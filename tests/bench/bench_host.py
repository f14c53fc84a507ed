"""How long `exposure host` takes on a machine of 5,000 processes and 20,000 sockets, and how much memory.

`python -m tests.bench.bench_host [PROCESSES SOCKETS]`. The /proc is one of files; a real one costs the kernel more for
maps and less for directories. The goal: under 3 s and 150 MB.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

from scanner.host.check import load_checks
from scanner.host.reading.machine import Place, read_machine
from scanner.host.reasons import explain
from scanner.host.weigh import judge
from tests.host.fake_proc import FakeProc

_MAPS = "".join(
    f"7f{n:010x}-7f{n + 1:010x} r-xp 00000000 08:01 {n}                  /usr/lib/x86_64-linux-gnu/lib{n}.so.6\n"
    for n in range(60)
)


def build(folder: Path, processes: int, sockets: int) -> Place:
    (folder / "root").mkdir()
    fake = FakeProc(folder / "proc")
    each = sockets // processes
    lines = []
    for number in range(processes):
        pid, first = 100 + number, 1_000 + number * each
        fake.process(
            pid,
            f"worker-{number}",
            "/usr/sbin/worker",
            "--config",
            f"/etc/worker/{number}.conf",
            exe="/usr/sbin/worker",
            sockets=range(first, first + each),
            environ=b"PATH=/usr/bin\0HOME=/root\0LANG=C\0" * 10,
            maps=_MAPS,
        )
        for place in range(each):
            peer = f"{(number * 7 + place) & 0xFF:02X}05000A:01BB"
            lines.append(f"   0: 0500000A:{place + 1024:04X} {peer} 01 0:0 00:0 0 0 0 {first + place} 1\n")
    with (folder / "proc/net/tcp").open("a") as table:
        table.writelines(lines)
    return Place(root=folder / "root", proc=folder / "proc")


def main() -> None:
    processes, sockets = (int(word) for word in (sys.argv[1:3] or ("5000", "20000")))
    with tempfile.TemporaryDirectory() as folder:
        place = build(Path(folder), processes, sockets)
        load_checks()
        before = time.perf_counter()
        snapshot = read_machine(place, wait=lambda: None)
        middle = time.perf_counter()
        judgement = judge(snapshot, load_checks())
        explain(snapshot)
        after = time.perf_counter()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sys.stdout.write(
            f"{len(snapshot.processes)} processes, {len(snapshot.sockets)} sockets: read {middle - before:.2f} s, "
            f"judged {after - middle:.2f} s, {memory:.0f} MB; {len(judgement.alarms)} alarms\n"
        )


if __name__ == "__main__":
    main()
