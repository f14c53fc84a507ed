import os

import pytest

SCRIPT = (
    "mariadb-install-db --no-defaults --datadir={dir}/data --auth-root-authentication-method=normal --skip-test-db "
    "--user=$(id -un) >/dev/null && exec mariadbd --no-defaults --datadir={dir}/data --socket={dir}/s "
    "--bind-address={address} --port=3306 --pid-file={dir}/pid --innodb-log-file-size=4M --user=$(id -un) "
)


@pytest.mark.fleet("mysql", "open")
def test_a_reachable_server_is_identified_without_a_byte_being_sent(server, see):
    running = server(["sh", "-c", SCRIPT], [3306], package="mariadb-server-core", user="nobody")
    verdict = see(running, "mysql", golden="greeting")
    assert (verdict.status, verdict.service, verdict.rules) == ("identified", "mysql", [])
    assert verdict.row.product == "MariaDB"
    assert verdict.row.version.startswith("10.11")
    assert verdict.transcript.sent == []
    assert see(running).service == "mysql"


@pytest.mark.fleet("mysql", "protected")
@pytest.mark.root
def test_a_host_that_may_not_connect_is_turned_away(server, cable):
    from tests.fleet.namespaces import SERVER

    if os.geteuid() != 0:
        pytest.skip("namespaces need root")
    server(
        ["sh", "-c", SCRIPT.replace("{address}", "0.0.0.0") + "--skip-name-resolve"], [3306],
        package="mariadb-server-core", address=SERVER, prefix=cable.prefix,
        ready=lambda _: cable.accepts(3306),
    )  # fmt: skip
    seen = cable.see(3306, "mysql")
    assert (seen["status"], seen["rules"]) == ("protected", [])
