"""A container engine that tolerates reads alone: GETs of the Engine API on a Unix socket and on a port of this machine.

`python -m tests.support.engine SOCKET [PORT]`. Anything but a GET of the paths below is kept in `strange`.
"""

import json
import re
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

ID = "c0ffee" + "0" * 58
CONTAINERS = [
    {
        "Id": ID,
        "Names": ["/miner"],
        "Image": "ubuntu:18.04",
        "Command": "/mac.sh",
        "State": "running",
        "Ports": [],
        "Labels": {
            "com.docker.compose.project": "shop",
            "com.docker.compose.service": "db",
            "com.docker.compose.project.working_dir": "/srv/shop",
            "com.docker.compose.project.config_files": "compose.yml",
        },
        "Mounts": [{"Type": "bind", "Source": "/", "Destination": "/mnt", "RW": True}],
    }
]
ANSWERS = {
    "/containers/json": CONTAINERS,
    f"/containers/{ID}/json": {
        "Id": ID,
        "Path": "/mac.sh",
        "Args": [],
        "State": {"Pid": 0},
        "HostConfig": {"Privileged": True, "NetworkMode": "host", "PidMode": "host"},
    },
    "/images/json": [{"Id": "sha256:1", "RepoTags": ["ubuntu:18.04"]}],
    "/info": {"Containers": 1, "ContainersRunning": 1, "Images": 1, "Name": "web", "DockerRootDir": "/var/lib/docker"},
    "/version": {"Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12", "Os": "linux", "GoVersion": "go1",  # noqa: E501 - one answer is one line
                 "Components": [{"Name": "Engine", "Version": "20.10.24"}]},
}  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    server_version = "Docker/20.10.24 (linux)"
    sys_version = ""

    def do_GET(self):
        self.server.engine.asked += 1
        path = re.sub(r"^/v1\.\d+", "", self.path.partition("?")[0])
        if path == "/_ping":
            return self._say(200, b"OK", "text/plain; charset=utf-8")
        if path not in ANSWERS:
            self.server.strange.append(f"GET {self.path}")
            return self._say(404, b'{"message":"page not found"}')
        return self._say(200, json.dumps(self.server.answers.get(path, ANSWERS[path])).encode())

    def _other(self):
        self.server.strange.append(f"{self.command} {self.path}")
        self._say(405, b"{}")

    do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = _other  # noqa: N815 - http.server calls these names

    def _say(self, status, body, kind="application/json"):
        self.send_response(status)
        for name, value in (("Api-Version", "1.41"), ("Ostype", "linux"), ("Content-Type", kind)):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "local"

    def log_message(self, *_):
        pass


class _Unix(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class _Tcp(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = allow_reuse_address = True


class Engine:
    """A running engine; a context manager."""

    def __init__(self, path: Path, port: int | None = None, **answers) -> None:
        self.strange: list[str] = []
        self.asked = 0
        self._servers = [_Unix(str(path), _Handler)]
        if port is not None:
            self._servers.append(_Tcp(("0.0.0.0", port), _Handler))
        for server in self._servers:
            server.engine, server.strange, server.answers = self, self.strange, answers

    def __enter__(self):
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        for server in self._servers:
            server.shutdown()
            server.server_close()


if __name__ == "__main__":
    with Engine(Path(sys.argv[1]), int(sys.argv[2])):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        threading.Event().wait()
