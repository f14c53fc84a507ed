"""What must send nothing, sends nothing: a counter in a network namespace of the test's own sees every packet."""

import shutil
import subprocess
import sys

import pytest

from tests.cli.test_scan import EMPTY, ROOT

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(EMPTY is None or shutil.which("nft") is None, reason="needs user namespaces and nft"),
]

_COUNTED = """
ip link set lo up
nft add table inet t
nft add chain inet t out '{{ type filter hook output priority 0; }}'
nft add counter inet t seen
nft add rule inet t out counter name seen
{python} -m scanner.cli scan {arguments} >/dev/null 2>&1
echo exit $?
nft list counter inet t seen | grep -o 'packets [0-9]*'
"""


def scan_counted(arguments):
    """Return the exit code and the number of packets that left any program of the namespace."""
    script = _COUNTED.format(python=sys.executable, arguments=arguments)
    run = subprocess.run([*EMPTY, "sh", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    if "packets" not in run.stdout:
        pytest.skip(f"nft counts nothing in a user namespace here: {run.stderr.strip()[:100]}")
    words = run.stdout.split()
    return int(words[1]), int(words[3])


def test_the_counter_counts():
    code, packets = scan_counted("127.0.0.1 -p 1-20")
    assert code == 0
    assert packets >= 20


def test_a_dry_run_sends_no_packet():
    assert scan_counted("127.0.0.0/24 -p 1-100 --dry-run") == (0, 0)


@pytest.mark.parametrize("target", ["8.8.8.8", "127.0.0.1 8.8.8.8", "127.0.0.1 -x /nonexistent"])
def test_a_refused_scan_sends_no_packet(target):
    assert scan_counted(f"{target} -p 1-20") == (2, 0)
