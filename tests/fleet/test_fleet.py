import os
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.fleet import table
from tests.fleet.around import Around, Saw
from tests.fleet.decoys import ALL
from tests.fleet.install import fleet_names
from tests.fleet.owed import Owed
from tests.fleet.plugin import digest_tree
from tests.fleet.server import NotReady, Server, accepts
from tests.fleet.table import Outcome

ECHO = [
    "python3",
    "-c",
    "import http.server as h; h.HTTPServer(('{address}', 8080), h.SimpleHTTPRequestHandler).serve_forever()",
]


def status(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


@pytest.mark.parametrize(
    "name",
    [
        "litellm",
        "rq-dashboard",
        "consul",
        "nsqd",
        "ferretdb",
        "redis-commander",
        "org.questdb:questdb:7.4.2",
        "zookeeper",
    ],
)
def test_what_make_fleet_installs_is_known_by_the_name_that_tests_use(name):
    """Else `make servers` looks for it in Debian, installs nothing at all, and CI calls it missing."""
    assert name in fleet_names()


def test_what_debian_has_is_installed_by_make_servers():
    assert not {"redis-server", "nginx-light", "aria2"} & fleet_names()


def test_a_server_is_ready_when_it_is_returned_and_gone_when_it_ends(server):
    running = server(ECHO, [8080], package="python3", files={"hello.txt": "from {address}"})
    assert accepts(running.address, 8080)
    assert status(f"http://{running.address}:8080/hello.txt") == 200
    assert (running.directory / "hello.txt").read_text() == f"from {running.address}"
    server.close()
    assert not accepts(running.address, 8080)
    assert not running.directory.exists()


def test_a_daemon_that_left_the_process_group_ends_with_its_server(server):
    daemon = "import os, time; print('daemon', os.getpid(), flush=True); time.sleep(600)"
    started = f"[sys.executable, '-c', {daemon!r}, sys.argv[1]], start_new_session=True"
    script = f"import subprocess, sys; subprocess.Popen({started}).wait()"
    running = server(["python3", "-c", script, "{dir}"], package="python3", ready=b"daemon")
    child = Path(f"/proc/{running.log.split('daemon ')[1].split()[0]}/stat")
    assert child.exists()
    server.close()
    assert running.waits_for(lambda: not child.exists() or child.read_text().split()[2] == "Z")


def test_children_end_with_their_server(server):
    script = "import subprocess,sys; p=subprocess.Popen(['sleep','600']); print('child',p.pid,flush=True); p.wait()"
    running = server(["python3", "-c", script], package="python3", ready=b"child")
    child = int(running.log.split("child ")[1].split()[0])
    server.close()
    state = Path(f"/proc/{child}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


def test_a_server_that_dies_is_reported_with_its_log():
    dying = Server(["python3", "-c", "raise SystemExit('no such option')"], (8080,))
    with pytest.raises(NotReady, match="no such option"):
        dying.start()
    dying.stop()


def test_a_server_that_never_listens_is_given_up():
    idle = Server(["sleep", "600"], (8080,))
    with pytest.raises(NotReady, match="not ready"):
        idle.start(patience_s=0.1)
    idle.stop()


def test_a_missing_package_skips_and_in_ci_fails(server, monkeypatch):
    monkeypatch.setattr("tests.fleet.plugin.IN_CI", False)
    with pytest.raises(pytest.skip.Exception, match="no-such-program is missing"):
        server.need("some-package", "no-such-program")
    monkeypatch.setattr("tests.fleet.plugin.IN_CI", True)
    with pytest.raises(pytest.fail.Exception, match="no-such-program is missing"):
        server.need("some-package", "no-such-program")


def test_nginx_filters_paths_and_asks_for_a_password(server):
    upstream = server(ECHO, [8080], package="python3", files={"open": "o", "closed": "c"})
    url = f"http://{upstream.address}:8080"
    filtering = server.front(url, 2375, allow=("= /open",))
    assert status(f"http://{filtering.address}:2375/open") == 200
    assert status(f"http://{filtering.address}:2375/closed") == 403
    asking = server.front(url, 8081, user="u", password="p")
    assert status(f"http://{asking.address}:8081/open") == 401
    assert status(f"http://{asking.address}:8081/open", Authorization="Basic dTpw") == 200


def test_nginx_wants_client_certificates(server):
    import ssl

    upstream = server(ECHO, [8080], package="python3")
    front = server.front(f"http://{upstream.address}:8080", 2376, want_client_certificate=True)
    context = ssl.create_default_context(cafile=front.directory / "ca.pem")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"https://{front.address}:2376/", context=context, timeout=5)
    caught.value.close()
    assert caught.value.code == 400


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_decoy_listens_and_closes(server, name):
    decoy = server.decoy(name)
    with socket.socket() as sock:
        sock.settimeout(5)
        sock.connect((decoy.address, decoy.port))
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        if name != "silence":
            sock.recv(1)
    server.close()
    assert not accepts(decoy.address, decoy.port)


def test_unchanged_notices_a_write(unchanged, tmp_path):
    (tmp_path / "a").write_text("1")
    with unchanged(lambda: digest_tree(tmp_path)):
        pass
    with pytest.raises(AssertionError, match="changed something"), unchanged(lambda: digest_tree(tmp_path)):
        (tmp_path / "b").write_text("2")


def test_a_failure_beats_a_pass_and_a_real_server_beats_a_stand_in():
    cells = table.cells(
        [
            Outcome("a", "open", False, "passed"),
            Outcome("a", "open", True, "passed"),
            Outcome("a", "protected", False, "skipped"),
            Outcome("b", "open", True, "passed"),
            Outcome("b", "look-alike", False, "passed"),
            Outcome("b", "look-alike", False, "failed"),
        ]
    )
    assert cells == {"a": {"open": "pass", "protected": "not run"}, "b": {"open": "stand-in", "look-alike": "FAIL"}}
    assert table.summary(cells) == "2 services: 1 on real servers, 1 on stand-ins only, 1 failures"
    assert "| a | pass | not run | - |" in table.markdown(cells)


def around(**found: str) -> Around:
    alike = Saw("redis", "exposed", "control", "Redis", "7", "redis-no-password", "", "")
    return Around(
        dict.fromkeys(found, alike), {way: alike._replace(status=status) for way, status in found.items()}, {}
    )


def test_a_server_that_nobody_looked_around_fails_its_test():
    owed = Owed([pytest.mark.fleet("redis", "open").mark, pytest.mark.fleet("memcached", "open", transport="udp").mark])
    with pytest.raises(AssertionError, match=r"nobody did: \{'redis'\}"):
        owed.check()
    owed.settle("redis", around(odd="exposed"))
    owed.check()


def test_another_verdict_needs_a_reason_and_a_reason_another_verdict():
    with pytest.raises(AssertionError, match="judged by the way"):
        Owed([pytest.mark.fleet("redis", "open").mark]).settle("redis", around(odd="open"))
    owed = Owed([pytest.mark.fleet("redis", "open", unlike={"elsewhere": "why"}).mark])
    owed.settle("redis", around(home="exposed", odd="exposed"))
    with pytest.raises(AssertionError, match="`unlike` is wrong"):
        owed.check()
    owed.settle("redis", around(odd="open"))
    owed.check()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a server as somebody else")
def test_a_server_can_run_as_somebody_else(server):
    running = server(["sh", "-c", "id -un; sleep 600"], package="coreutils", user="nobody", ready=b"\n")
    assert running.log.strip() == "nobody"


def test_moods_are_counted():
    played = [Outcome("a", "moods", True, result) for result in ("passed", "passed", "skipped")]
    assert table.cells(played)["a"]["moods"] == "2 of 3"
    assert table.cells([*played, Outcome("a", "moods", True, "failed")])["a"]["moods"] == "FAIL (1 of 3)"


def test_a_run_of_some_cases_leaves_the_others_as_they_are():
    written = table.markdown({"a": {"open": "pass", "moods": "1 of 1"}, "b": {"open": "stand-in"}})
    cells = {"a": {"moods": "3 of 3"}}
    assert table.merged(written, cells) == {"a": {"open": "pass", "moods": "3 of 3"}, "b": {"open": "stand-in"}}
    assert table.merged("", cells) == cells
    pieces = {"a": {"open": "stand-in"}, "b": {"open": "pass"}, "c": {"open": "FAIL"}}
    found = table.merged(written, pieces)
    assert found == {"a": {"open": "pass", "moods": "1 of 1"}, "b": {"open": "pass"}, "c": {"open": "FAIL"}}
    assert table.merged(written, {"a": {"open": "FAIL"}})["a"]["open"] == "FAIL"
