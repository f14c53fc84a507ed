"""Writes 10,000 findings in every format: wall and CPU seconds and peak memory, each format in its own process.

Run with: python -m tests.bench.report_formats [COUNT]
"""

import resource
import subprocess
import sys
import time

from scanner.report.writer import WriteOptions, find_format, format_names, render
from tests.report import samples


class Sink:
    """Counts characters and keeps none."""

    size = 0

    def write(self, text: str) -> None:
        self.size += len(text)

    def writelines(self, lines: object) -> None:
        for line in lines:
            self.size += len(line)


def measure(name: str, count: int) -> str:
    report = samples.many(count)
    sink = Sink()
    start, busy = time.perf_counter(), time.process_time()
    render(find_format(name), report, sink, WriteOptions(width=100))
    spent, cpu = time.perf_counter() - start, time.process_time() - busy
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{name:12} {spent:6.2f} s {cpu:6.2f} s CPU {peak_mib:7.0f} MiB {sink.size / 1e6:7.1f} MB"


if __name__ == "__main__":
    if len(sys.argv) == 3:
        sys.stdout.write(measure(sys.argv[1], int(sys.argv[2])) + "\n")
    else:
        for each in format_names():
            subprocess.run([sys.executable, "-m", __spec__.name, each, (*sys.argv, "10000")[1]], check=True)
