"""Servers that look open and are not: nothing here may ever be called exposed.

Each decoy is a function that serves one accepted connection until it closes or `stop` is set.
"""

import contextlib
import random
import socket
import threading
from collections.abc import Callable

Serve = Callable[[socket.socket, threading.Event], None]

_PAGE = (
    b"<!doctype html><html><head><title>Welcome</title></head><body><h1>It works</h1>version login data</body></html>"
)
_LOGIN = (
    b"<!doctype html><html><head><title>Sign in</title></head><body><form method=post action=/login>"
    b"<input name=username><input type=password name=password></form></body></html>"
)


def _answer(status: str, body: bytes, *headers: str) -> Callable[[bytes], bytes]:
    def build(_request: bytes) -> bytes:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
        return "\r\n".join(lines).encode() + body

    return build


def _echo_path(request: bytes) -> bytes:
    words = request.split(b" ", 2)
    path = words[1] if len(words) > 1 else b"/"
    return _answer("200 OK", b"<html><body>You asked for " + path + b"</body></html>", "Content-Type: text/html")(b"")


def _http(build: Callable[[bytes], bytes]) -> Serve:
    def serve(conn: socket.socket, stop: threading.Event) -> None:
        pending = b""
        while not stop.is_set():
            while b"\r\n\r\n" not in pending:
                got = conn.recv(65_536)
                if not got or len(pending) > 65_536:
                    return
                pending += got
            request, _, pending = pending.partition(b"\r\n\r\n")
            head = request.lower()
            if b"content-length:" in head:
                pending = pending[int(head.split(b"content-length:")[1].split(b"\r\n")[0]) :]
            answer = build(request)
            conn.sendall(answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if request.startswith(b"HEAD ") else answer)

    return serve


def _always(line: bytes) -> Serve:
    def serve(conn: socket.socket, stop: threading.Event) -> None:
        while not stop.is_set() and conn.recv(65_536):
            conn.sendall(line)

    return serve


def _greet(greeting: bytes) -> Serve:
    def serve(conn: socket.socket, stop: threading.Event) -> None:
        conn.sendall(greeting)
        while not stop.is_set() and conn.recv(65_536):
            pass

    return serve


def _echo(conn: socket.socket, stop: threading.Event) -> None:
    while not stop.is_set() and (got := conn.recv(65_536)):
        conn.sendall(got)


def _silence(conn: socket.socket, stop: threading.Event) -> None:
    while not stop.is_set() and conn.recv(65_536):
        pass


def _slow_drip(conn: socket.socket, stop: threading.Event) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n" + b"[" * 9999:
        if stop.wait(0.2):
            return
        conn.sendall(bytes([byte]))


def _endless(conn: socket.socket, stop: threading.Event) -> None:
    conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
    while not stop.is_set():
        conn.sendall(b'{"Id":"0000","Image":"none"},' * 200)


def _scrambled(question: bytes, size: int) -> bytes:
    """Return bytes without a meaning, the same for questions that begin alike, so that every run sees the same."""
    # What follows may hold the address, or a number that is drawn for each connection.
    return random.Random(question[:8]).randbytes(size)


def _noise(conn: socket.socket, stop: threading.Event) -> None:
    while not stop.is_set() and (got := conn.recv(65_536)):
        conn.sendall(_scrambled(got, 512))


def _hang_up(conn: socket.socket, stop: threading.Event) -> None:
    conn.shutdown(socket.SHUT_RDWR)


FAST: dict[str, Serve] = {
    "same page for every path": _http(_answer("200 OK", _PAGE, "Content-Type: text/html")),
    "page that repeats the path": _http(_echo_path),
    "login page": _http(_answer("200 OK", _LOGIN, "Content-Type: text/html")),
    "redirect to a login page": _http(_answer("302 Found", b"", "Location: /login")),
    "401 for every path": _http(_answer("401 Unauthorized", b"", 'WWW-Authenticate: Basic realm="x"')),
    "403 for every path": _http(_answer("403 Forbidden", b'{"message":"forbidden"}', "Content-Type: application/json")),
    "404 for every path": _http(_answer("404 Not Found", b"not found", "Content-Type: text/plain")),
    "500 for every path": _http(_answer("500 Internal Server Error", b"oops", "Content-Type: text/plain")),
    "204 for every path": _http(_answer("204 No Content", b"")),
    "empty 200": _http(_answer("200 OK", b"")),
    "OK for every path": _http(_answer("200 OK", b"OK", "Content-Type: text/plain")),
    "empty list for every path": _http(_answer("200 OK", b"[]", "Content-Type: application/json")),
    "empty object for every path": _http(_answer("200 OK", b"{}", "Content-Type: application/json")),
    "null ApiVersion": _http(_answer("200 OK", b'{"ApiVersion": null}', "Content-Type: application/json")),
    "status ok JSON": _http(
        _answer("200 OK", b'{"status":"ok","version":"1.0.0","data":[],"items":[]}', "Content-Type: application/json")
    ),
    "echo": _echo,
    "SSH banner": _greet(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"),
    "SMTP banner": _greet(b"220 mail.example.com ESMTP Postfix\r\n"),
    "+OK to everything": _always(b"+OK\r\n"),
    "-ERR to everything": _always(b"-ERR unknown command\r\n"),
    "200 OK line to everything": _always(b"200 OK\r\n"),
    "random bytes": _noise,
    "hangs up at once": _hang_up,
}
"""Decoys that answer at once."""

SLOW: dict[str, Serve] = {"silence": _silence, "slow drip": _slow_drip, "endless stream": _endless}
"""Decoys that hold a conversation until its deadline or its byte budget; run them side by side."""

ALL = FAST | SLOW


DATAGRAM: dict[str, Callable[[bytes], bytes]] = {
    "echo": lambda question: question,
    "random bytes": lambda question: _scrambled(question, len(question) + 64),
    "zeros": lambda question: bytes(len(question)),
    "+OK": lambda question: b"+OK\r\n",
    "empty": lambda question: b"",
}
"""What decoys answer to one UDP datagram."""


class DatagramDecoy:
    """One UDP decoy listening on a loopback address and port until it is closed."""

    def __init__(self, reply: Callable[[bytes], bytes], address: str, port: int = 0) -> None:
        self._reply = reply
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, port))
        self._socket.settimeout(0.1)
        self._stop = threading.Event()
        self.address, self.port = self._socket.getsockname()[:2]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering."""
        self._stop.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError, ConnectionError):
                question, sender = self._socket.recvfrom(65_535)
                self._socket.sendto(self._reply(question), sender)


class Decoy:
    """One decoy listening on a loopback address and port until it is closed."""

    def __init__(self, serve: Serve, address: str, port: int = 0) -> None:
        self._serve = serve
        self._stop = threading.Event()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server((address, port), backlog=128)
        self.address, self.port = self._listener.getsockname()[:2]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and end every conversation."""
        self._stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for conn in list(self._open):
            with contextlib.suppress(OSError):
                conn.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _accept(self) -> None:
        talks: list[threading.Thread] = []
        while not self._stop.is_set():
            try:
                conn, _ = self._listener.accept()
            except OSError:
                break
            self._open.add(conn)
            talk = threading.Thread(target=self._talk, args=(conn,), daemon=True)
            talk.start()
            talks.append(talk)
        for talk in talks:
            talk.join()

    def _talk(self, conn: socket.socket) -> None:
        with conn, contextlib.suppress(OSError, ValueError):
            self._serve(conn, self._stop)
        self._open.discard(conn)
