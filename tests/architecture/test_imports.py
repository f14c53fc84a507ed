"""Heavy libraries are loaded where they are used and nowhere else: `exposure --help` must stay quick."""

import subprocess
import sys

import pytest

_HEAVY = (
    "numpy",
    "aiohttp",
    "scapy",
    "nmap",
    "rich",
    "cryptography",
    "cvss",
    "tabulate",
    "ctypes",
    "sqlite3",
    "sqlalchemy",
)
_LOAD = """
import importlib, pkgutil, sys
room = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
    importlib.import_module(module.name)
print(*(name for name in sys.argv[2:] if name in sys.modules))
"""


@pytest.mark.parametrize("room", ["scanner.core", "scanner.targets"])
def test_loading_a_room_loads_no_heavy_library(room):
    done = subprocess.run([sys.executable, "-c", _LOAD, room, *_HEAVY], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
