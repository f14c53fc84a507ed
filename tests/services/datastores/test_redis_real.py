import socket
from collections.abc import Callable

import pytest

from tests.fleet.namespaces import SERVER
from tests.fleet.server import Server, new_address

REDIS = ["redis-server", "--dir", "{dir}", "--save", "", "--appendonly", "no", "--daemonize", "no"]


def start(server, *more: str, port: int = 6379, **how) -> Server:
    argv = [*REDIS, "--bind", "{address}", "--port", str(port), "--protected-mode", "no", *more]
    return server(argv, [port], package="redis-server", **how)


def command(running: Server, *lines: str) -> str:
    """Send commands and return all that the server answers before it closes."""
    with socket.socket() as sock:
        sock.settimeout(5)
        sock.connect((running.address, running.port))
        sock.sendall("".join(f"{line}\r\n" for line in (*lines, "QUIT")).encode())
        answer = b""
        while got := sock.recv(65_536):
            answer += got
    return answer.decode()


def contents(running: Server) -> Callable[[], object]:
    """Return a function that reads data, settings and counters of writing commands."""

    def read() -> object:
        text = command(
            running,
            "INFO persistence",
            "INFO keyspace",
            "CONFIG GET *",
            "SCAN 0 COUNT 1000",
            "TTL short",
            "INFO commandstats",
        )
        volatile = ("cmdstat_", "$", "current_cow", "proc-title")
        kept = [line for line in text.splitlines() if not line.startswith(volatile)]
        stats = {line.split(":")[0] for line in text.splitlines() if line.startswith("cmdstat_")}
        writing = {"cmdstat_set", "cmdstat_config|set", "cmdstat_del", "cmdstat_save", "cmdstat_bgsave", "cmdstat_eval"}
        return kept, stats & writing, sorted(p.name for p in running.directory.iterdir())

    return read


@pytest.mark.fleet("redis", "open", lint="redis:7")
def test_an_open_server_is_exposed_and_unchanged(server, see, unchanged):
    running = start(server)
    command(running, "SET user:1 secret-value", "SET user:2 x")
    with unchanged(contents(running)):
        verdict = see(running, "redis", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["redis-no-password"])
    assert (verdict.row.product, verdict.row.version[:2]) == ("Redis", "7.")
    assert verdict.row.evidence["keys"] == 2
    assert verdict.row.evidence["protected_mode"] == "no"
    assert verdict.findings[0].severity.word == "critical"
    assert verdict.findings[0].compromise == ()
    assert "secret-value" not in str(verdict)


@pytest.mark.fleet("redis", "protected", lint="redis:7")
def test_a_password_protects(server, see):
    verdict = see(start(server, "--requirepass", "s3cret"), "redis", golden="password")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("redis", "protected")
@pytest.mark.root
def test_protected_mode_turns_another_machine_away(server, cable):
    running = server(
        [*REDIS, "--bind", "0.0.0.0", "--port", "6379"], [6379], package="redis-server", address=SERVER,
        prefix=cable.prefix, ready=lambda _: cable.accepts(6379),
    )  # fmt: skip
    assert running.process.poll() is None
    seen = cable.see(6379, "redis")
    assert (seen["status"], seen["rules"]) == ("protected", [])
    assert "protected mode" in seen["proof"][-1][1]


@pytest.mark.fleet("redis", "open")
@pytest.mark.root
def test_without_protected_mode_another_machine_is_let_in(server, cable):
    server(
        [*REDIS, "--bind", "0.0.0.0", "--port", "6379", "--protected-mode", "no"], [6379], package="redis-server",
        address=SERVER, prefix=cable.prefix, ready=lambda _: cable.accepts(6379),
    )  # fmt: skip
    assert cable.see(6379, "redis")["rules"] == ["redis-no-password"]


@pytest.mark.fleet("redis", "protected")
def test_a_default_user_that_may_only_ping_is_protected(server, see):
    verdict = see(start(server, "--user", *["default", "on", "nopass", "-@all", "+ping"]), "redis", golden="acl-ping")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("redis", "open")
def test_a_default_user_that_may_read_is_exposed_as_restricted(server, see):
    verdict = see(
        start(server, "--user", *["default", "on", "nopass", "~*", "-@all", "+@read", "+ping"]),
        "redis",
        golden="acl-read",
    )
    assert (verdict.status, verdict.rules) == ("exposed", ["redis-default-user-no-password"])


@pytest.mark.fleet("redis", "protected")
def test_a_default_user_that_is_off_is_protected(server, see):
    assert see(start(server, "--user", *["default", "off"]), "redis").status == "protected"


@pytest.mark.fleet("redis", "open")
def test_config_out_of_reach_is_data_not_control(server, see):
    verdict = see(start(server, "--user", *["default", "on", "nopass", "~*", "+@all", "-config"]), "redis")
    assert verdict.rules == ["redis-no-password"]
    assert verdict.row.access.word == "data"


@pytest.mark.fleet("redis", "open")
@pytest.mark.parametrize("port", [6380, 16380])
def test_tls_without_client_certificates_is_exposed_on_any_port(server, see, tmp_path, port):
    address = new_address()
    tls = server.tls(address, tmp_path)
    running = server(
        [*REDIS, "--bind", "{address}", "--port", "0", "--tls-port", "{port}", "--protected-mode", "no",
         "--tls-cert-file", str(tls.cert), "--tls-key-file", str(tls.key), "--tls-ca-cert-file", str(tls.ca),
         "--tls-auth-clients", "no"],
        [port], package="redis-server", address=address,
    )  # fmt: skip
    verdict = see(running, "redis")
    assert (verdict.status, verdict.rules) == ("exposed", ["redis-no-password"])
    assert verdict.row.tls is not None


@pytest.mark.fleet("redis", "protected")
def test_client_certificates_protect(server, see, tmp_path):
    address = new_address()
    tls = server.tls(address, tmp_path)
    running = server(
        [*REDIS, "--bind", "{address}", "--port", "0", "--tls-port", "{port}", "--protected-mode", "no",
         "--tls-cert-file", str(tls.cert), "--tls-key-file", str(tls.key), "--tls-ca-cert-file", str(tls.ca)],
        [6380], package="redis-server", address=address,
    )  # fmt: skip
    verdict = see(running, "redis")
    assert verdict.rules == []
    assert verdict.status in {"protected", "open", "identified"}


@pytest.mark.fleet("redis", "open")
def test_what_a_worm_left_behind_is_named(server, see):
    running = start(server, "--dbfilename", "authorized_keys")
    command(running, "SET backup1 x", "SET backup2 x", "SET crackit x")
    (finding,) = see(running, "redis").findings
    assert {"redis-keys-of-a-worm", "redis-key-crackit", "redis-writes-to-ssh"} <= {
        sign.id for sign in finding.compromise
    }
    assert finding.priority_reasons


SENTINEL = "port 26379\nbind {address}\nprotected-mode no\ndir {dir}\nsentinel monitor shop 127.0.0.1 6399 2\n"


def sentinel(server, extra: str = "") -> Server:
    files = {"sentinel.conf": SENTINEL + extra}
    return server(["redis-server", "{dir}/sentinel.conf", "--sentinel"], [26379], package="redis-server", files=files)


@pytest.mark.fleet("redis-sentinel", "open")
def test_an_open_sentinel_is_told_apart_and_names_its_masters(server, see):
    running = sentinel(server)
    verdict = see(running, "redis-sentinel", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["redis-sentinel-no-password"])
    assert verdict.row.evidence["masters"][0]["name"] == "shop"
    assert see(running, "redis").status == "open"
    assert see(running).service == "redis-sentinel"


@pytest.mark.fleet(
    "redis-sentinel", "protected", unlike={"elsewhere": "a Redis and a Sentinel ask for a password in the same words"}
)
def test_a_sentinel_with_a_password_is_protected(server, see):
    verdict = see(sentinel(server, "requirepass s3cret\n"), "redis-sentinel", golden="password")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("redis-sentinel", "look-alike")
def test_a_redis_is_no_sentinel(server, see):
    assert see(start(server, port=26379), "redis-sentinel").status == "open"
