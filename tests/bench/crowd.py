"""Fills a fresh pid and network namespace with sleeping processes and sockets, then runs a command in it.

`unshare -mpnf --mount-proc python -m tests.bench.crowd 5000 20000 COMMAND...`, as root: a real /proc of that size, for
`exposure host` as a user types it. Each process has its share of the sockets: a listener, a connection's two ends, UDP.
"""

import gc
import os
import signal
import socket
import subprocess
import sys


def main() -> None:
    processes, sockets = int(sys.argv[1]), int(sys.argv[2])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    # What the first use of an address imports is imported once, and not in every child.
    for held in _sockets(processes, 3):
        held.close()
    gc.freeze()
    gc.disable()
    read, write = os.pipe()
    for number in range(processes):
        if os.fork() == 0:
            held = _sockets(number, sockets // processes)
            os.write(write, b".")
            signal.pause()
            os._exit(len(held))
    ready = 0
    while ready < processes:
        ready += len(os.read(read, 65_536))
    sys.exit(subprocess.run(sys.argv[3:], check=False).returncode)


def _sockets(number: int, count: int) -> list[socket.socket]:
    address = f"127.{1 + number // 250}.1.{1 + number % 250}"
    held = []
    while len(held) + 3 <= count:
        server = socket.create_server((address, 1_000 + len(held)))
        client = socket.socket()
        client.connect(server.getsockname())
        held += [server, client, server.accept()[0]]
    while len(held) < count:
        held.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        held[-1].bind((address, 1_000 + len(held)))
    return held


if __name__ == "__main__":
    main()
