"""The interfaces of a namespace that the test made, as the kernel reports them."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from scanner.targets.interfaces import read_interfaces

_SETUP = """
set -e
ip link set lo up
ip link add lan0 type veth peer name lan1
ip addr add 10.20.0.7/22 dev lan0
ip addr add 10.20.9.1/30 dev lan0 label lan0:1
ip addr add fd00:20::7/64 dev lan0
ip link set lan0 up
ip link add docker0 type veth peer name docker1
ip addr add 172.17.0.1/16 dev docker0
ip link set docker0 up
ip link add off0 type veth peer name off1
ip addr add 10.30.0.1/24 dev off0
exec "$0" -c "$1"
"""
_READ = """
import json
from scanner.targets.interfaces import read_interfaces
from scanner.targets.local import local_spans
found = read_interfaces()
spans, notes = local_spans(found)
print(json.dumps({
    "interfaces": sorted([one.name, str(one.address), one.prefix, one.up, one.loopback] for one in found),
    "spans": [str(span) for span in spans],
    "notes": [note.where for note in notes],
}))
"""


@pytest.mark.root
@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or not (shutil.which("unshare") and shutil.which("ip")),
    reason="needs root, unshare and ip to make a network namespace",
)
def test_local_is_what_the_kernel_has_in_a_namespace():
    command = ["unshare", "--net", "sh", "-c", _SETUP, sys.executable, _READ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout)
    assert [row for row in seen["interfaces"] if not row[1].startswith("fe80:")] == [
        ["docker0", "172.17.0.1", 16, True, False],
        ["lan0", "10.20.0.7", 22, True, False],
        ["lan0", "fd00:20::7", 64, True, False],
        ["lan0:1", "10.20.9.1", 30, True, False],
        ["lo", "127.0.0.1", 8, True, True],
        ["lo", "::1", 128, True, True],
        ["off0", "10.30.0.1", 24, False, False],
    ]
    assert seen["spans"] == ["10.20.0.0-10.20.3.255", "10.20.9.0-10.20.9.3"]
    assert seen["notes"] == ["docker0 172.17.0.0/16", "lan0 fd00:20::/64"]


def test_reading_twice_gives_the_same():
    assert read_interfaces() == read_interfaces()
