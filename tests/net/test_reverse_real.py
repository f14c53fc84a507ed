"""The system's own resolver against a hostile name server, in a network and mount namespace of the test's own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APART = ("unshare", "-Urnm", "sh", "-c")
pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(
        subprocess.run([*APART, "true"], check=False, capture_output=True).returncode != 0,
        reason="user namespaces are not permitted here",
    ),
]


def test_what_a_name_server_says_is_a_host_name_or_nothing(tmp_path):
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    (tmp_path / "nsswitch.conf").write_text("hosts: files dns\n")
    steps = [
        "ip link set lo up",
        f"mount --bind {tmp_path}/resolv.conf /etc/resolv.conf",
        f"mount --bind {tmp_path}/nsswitch.conf /etc/nsswitch.conf",
        f"exec {sys.executable} -m tests.net.reverse_in_namespace",
    ]
    run = subprocess.run([*APART, " && ".join(steps)], cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode and "mount" in run.stderr:
        pytest.skip(f"nothing can be mounted here: {run.stderr.strip()[:100]}")
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found.pop("10.0.0.1") == "build.example.org"
    # Resolvers differ in what they refuse by themselves; what they let through has to have the form of a host name.
    assert set(found) <= {"10.0.0.8"}
