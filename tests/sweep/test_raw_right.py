"""What is permitted and not in use, as in a container, is taken up; what is not permitted is not."""

import os
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.root, pytest.mark.skipif(os.geteuid() != 0, reason="needs root")]
_PUT_DOWN = """
import ctypes
libc = ctypes.CDLL(None)
header, held = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
libc.capget(header, held)
held[0] = 0
held[1] &= ~{taken}
assert libc.capset(header, held) == 0
from scanner.sweep.choose import _opens_packet_socket, read_capabilities
print(_opens_packet_socket(), read_capabilities().raw_packets, _opens_packet_socket())
"""


@pytest.mark.parametrize(("taken", "found"), [(0, "False True True"), (1 << 13, "False False False")])
def test_the_right_is_taken_up_where_it_is_permitted(taken, found):
    script = _PUT_DOWN.format(taken=taken)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == found
