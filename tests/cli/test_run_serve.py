import io
import os
import signal
import subprocess
import sys
import urllib.request

import pytest

from scanner.cli.main import run


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--listen", "10.0.0.5"], "needs --tls-cert, --tls-key and --users"),
        (["--listen", "0.0.0.0"], "needs --tls-cert, --tls-key and --users"),
        (["--listen", "nowhere"], "name an address"),
        (["--tls-cert", "x.pem"], "go together"),
        (["--tls-cert", "x.pem", "--tls-key", "x.key"], "can't be used"),
        (["--users", "none.txt"], "--add-user"),
        (["--add-user", "alice"], "--users FILE"),
    ],
)
def test_what_would_be_open_to_others_does_not_listen(words, why, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["serve", *words]) == 2
    assert why in capsys.readouterr().err


def test_a_user_is_added_from_standard_input(tmp_path, monkeypatch, capsys):
    file = tmp_path / "users.txt"
    monkeypatch.setattr(sys, "stdin", io.StringIO("a long password\n"))
    assert run(["serve", "--users", str(file), "--add-user", "alice"]) == 0
    assert file.read_text().startswith("alice:32768:8:1:")
    assert "a long password" not in capsys.readouterr().out


def test_a_page_tells_its_token_once_and_stops_on_a_signal(tmp_path):
    from scanner.history.store.open import Store
    from scanner.history.store.place import read_place

    Store(read_place(str(tmp_path / "h.db"))).close()
    command = [sys.executable, "-m", "scanner.cli", "serve", "--port", "0", "--history", str(tmp_path / "h.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ) as server:
        url = server.stdout.readline().split()[0]
        token = server.stdout.readline().rpartition(": ")[2].strip()
        asked = urllib.request.Request(f"{url}api/v1/runs", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(asked) as answer:
            assert answer.status == 200
        server.send_signal(signal.SIGTERM)
        assert server.wait() == 0
        assert "Traceback" not in server.stderr.read()
