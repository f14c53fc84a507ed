"""Accepts and resets connections to some ports of every address until killed: python -m tests.lab.listener PORT..."""

import selectors
import socket
import struct
import sys

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def main() -> None:
    selector = selectors.DefaultSelector()
    for port in map(int, sys.argv[1:]):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("0.0.0.0", port))
        sock.listen(65_535)
        sock.setblocking(False)
        selector.register(sock, selectors.EVENT_READ)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    while True:
        for key, _ in selector.select():
            assert isinstance(key.fileobj, socket.socket)
            for _ in range(256):
                try:
                    peer, _ = key.fileobj.accept()
                except (BlockingIOError, ConnectionAbortedError):
                    break
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                peer.close()


if __name__ == "__main__":
    main()
