"""Accepts connections to one port of every address and never says a word: python -m tests.bench.mute PORT."""

import selectors
import socket
import sys


def main() -> None:
    selector = selectors.DefaultSelector()
    listener = socket.create_server(("0.0.0.0", int(sys.argv[1])), backlog=65_535)
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    while True:
        for key, _ in selector.select():
            assert isinstance(key.fileobj, socket.socket)
            if key.fileobj is listener:
                _accept(selector, listener)
            elif not _read(key.fileobj):
                selector.unregister(key.fileobj)
                key.fileobj.close()


def _accept(selector: selectors.BaseSelector, listener: socket.socket) -> None:
    for _ in range(256):
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        peer.setblocking(False)
        selector.register(peer, selectors.EVENT_READ)


def _read(peer: socket.socket) -> bytes:
    try:
        return peer.recv(4_096)
    except OSError:
        return b""


if __name__ == "__main__":
    main()
