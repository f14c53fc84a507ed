"""Starts a real Roundup with its own SQLite tracker on a loopback port of its own, as a WSGI server in a process."""

import json
import random
import socket
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

USER, PASSWORD = "scanner", "correct horse"

_SERVE = """
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from roundup.cgi.wsgi_handler import RequestDispatcher

class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

class Quiet(WSGIRequestHandler):
    def address_string(self):
        return self.client_address[0]
    def log_message(self, *args):
        pass

server = make_server(sys.argv[2], int(sys.argv[3]), RequestDispatcher(sys.argv[1]), Server, Quiet)
print("up", flush=True)
server.serve_forever()
"""


class RealRoundup:
    """A tracker in a folder; `stop` ends the process."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "tracker"
        pick = random.SystemRandom().randint
        host = f"127.{pick(64, 126)}.{pick(1, 254)}.{pick(1, 254)}"
        with socket.socket() as probe:
            probe.bind((host, 0))
            port = probe.getsockname()[1]
        self.url = f"http://{host}:{port}"
        settings = {
            "mail_domain": "example.test",
            "mail_host": "127.0.0.1",
            "mail_debug": str(folder / "mail.log"),
            "tracker_web": f"{self.url}/",
            "rdbms_backend": "sqlite",
            # Fewer rounds only make the password check of each request quick.
            "password_pbkdf2_default_rounds": "1000",
        }
        self._admin("install", "classic", "sqlite", ",".join(f"{key}={value}" for key, value in settings.items()))
        self._admin("initialise", "admin password")
        self._admin(
            "create", "user", f"username={USER}", f"password={PASSWORD}", "roles=User", "address=s@example.test"
        )
        self._log = (folder / "server.log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(self.home), host, str(port)],
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "up\n"

    def stop(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=20)
        self._log.close()

    def get(self, path: str) -> dict:
        """Ask as a person would: not through the product's client."""
        token = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {token}", "X-Requested-With": "rest", "Accept": "application/json"}
        with urlopen(Request(f"{self.url}/rest/data/{path}", headers=headers)) as answer:
            return json.load(answer)["data"]

    def issues(self, title: str) -> list[dict]:
        """Return the issues whose title holds a text, with the texts of their messages, oldest first."""
        found = []
        fields = "@fields=title,status,messages,priority&@verbose=2"
        for item in self.get(f"issue?title={quote(title)}&{fields}")["collection"]:
            messages = [self.get(f"msg/{one['id']}?@fields=content&@verbose=3") for one in item["messages"]]
            found.append(
                {
                    "title": item["title"],
                    "status": item["status"]["name"],
                    "priority": (item["priority"] or {}).get("name"),
                    "messages": [one["attributes"]["content"] for one in messages],
                }
            )
        return found

    def _admin(self, *words: str) -> None:
        program = Path(sys.executable).with_name("roundup-admin")
        done = subprocess.run(
            [program, "-i", self.home, *words], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
