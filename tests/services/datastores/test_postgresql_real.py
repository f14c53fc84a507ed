import os
import shutil
import subprocess

import pytest

from tests.fleet.server import Server, new_directory, program

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the data directory is made for the user postgres")


@pytest.fixture(scope="module")
def cluster():
    """One initialised data directory, copied for each server: initdb is the slow part."""
    if not program("initdb"):
        pytest.skip("postgresql is missing; install postgresql")
    home = new_directory()
    shutil.chown(home, "postgres", "postgres")
    subprocess.run(
        ["runuser", "-u", "postgres", "--", program("initdb"), "-D", str(home / "data"), "-U", "postgres",
         "-A", "trust", "--no-sync", "-E", "UTF8"],
        check=True, capture_output=True, cwd="/tmp",
    )  # fmt: skip
    yield home / "data"
    shutil.rmtree(home)


def start(server, cluster, hba: str, *more: str, files: dict[str, str] | None = None) -> Server:
    copy = f"cp -r {cluster} {{dir}}/data; cp {{dir}}/hba {{dir}}/data/pg_hba.conf; chmod 600 {{dir}}/*"
    run = f"exec {program('postgres')} -D {{dir}}/data -h {{address}} -p 5432 -k {{dir}} -F {' '.join(more)}"
    return server(
        ["sh", "-c", f"{copy}; chmod 700 {{dir}}/data; {run}"], [5432], package="postgresql", user="postgres",
        ready=b"ready to accept connections",
        files={"hba": f"{hba}\nlocal all all trust\n", **(files or {})},
    )  # fmt: skip


def psql(running: Server, user: str, text: str) -> bytes:
    command = [program("psql"), "-h", str(running.directory), "-U", user, "-d", "template1", "-Atc", text]
    return subprocess.run(command, check=True, capture_output=True).stdout


def dump(running: Server) -> bytes:
    """Return everything that pg_dumpall writes, and the counters of written rows."""
    counters = psql(
        running, "postgres", "select sum(tup_inserted), sum(tup_updated), sum(tup_deleted) from pg_stat_database"
    )
    command = ["pg_dumpall", "-h", str(running.directory), "-U", "postgres"]
    text = subprocess.run(command, check=True, capture_output=True).stdout
    # Each dump is wrapped into a random word of its own.
    return counters + b"".join(row for row in text.splitlines(keepends=True) if b"restrict " not in row)


@pytest.mark.fleet(
    "postgresql", "open", lint="postgres:15", given={"environment": {"POSTGRES_HOST_AUTH_METHOD": "trust"}}
)
def test_trust_is_exposed_and_nothing_is_changed(server, cluster, see, unchanged):
    running = start(server, cluster, "host all all 0.0.0.0/0 trust")
    with unchanged(lambda: dump(running)):
        verdict = see(running, "postgresql", golden="trust")
    assert (verdict.status, verdict.rules) == ("exposed", ["postgresql-trust"])
    assert verdict.row.access.word == "control"
    assert verdict.row.evidence["databases"] == ["postgres"]
    assert verdict.row.version.startswith("15")
    assert see(running).service == "postgresql"


@pytest.mark.fleet("postgresql", "open")
def test_trust_over_tls_is_exposed(server, cluster, see, tmp_path):
    tls = server.tls("127.0.0.1", tmp_path)
    files = {"cert.pem": tls.cert.read_text(), "key.pem": tls.key.read_text()}
    options = ("-c ssl=on", "-c ssl_cert_file={dir}/cert.pem", "-c ssl_key_file={dir}/key.pem")
    verdict = see(start(server, cluster, "hostssl all all 0.0.0.0/0 trust", *options, files=files), "postgresql")
    assert (verdict.status, verdict.row.evidence["tls_offered"]) == ("exposed", True)
    assert verdict.row.tls is not None


@pytest.mark.fleet("postgresql", "protected")
@pytest.mark.parametrize("method", ["scram-sha-256", "md5", "password", "reject"])
def test_passwords_and_rejections_protect(server, cluster, see, method):
    running = start(server, cluster, f"host all all 0.0.0.0/0 {method}")
    verdict = see(running, "postgresql", golden=method)
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("postgresql", "open")
def test_a_missing_user_is_told_to_whom_no_password_was_asked(server, cluster, see):
    running = start(server, cluster, "host all all 0.0.0.0/0 trust")
    psql(running, "postgres", "CREATE ROLE boss SUPERUSER LOGIN")
    psql(running, "boss", "ALTER ROLE postgres RENAME TO chief")
    verdict = see(running, "postgresql", golden="no-user")
    assert (verdict.status, verdict.rules) == ("exposed", ["postgresql-trust"])
