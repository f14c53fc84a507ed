import json
import socket
from contextlib import ExitStack, suppress

from tests.support.command_line import exposure_here as exposure


def test_the_demo_scans_its_stand_ins_and_says_that_they_are_stand_ins():
    run = exposure("demo", "-f", "json")
    assert run.returncode == 1
    assert "stand-ins inside this process" in run.stderr
    report = json.loads(run.stdout)
    assert report["run"]["options"]["demo"] is True
    shown = {(row["service"], row["status"]) for row in report["endpoints"]}
    assert {
        ("docker-api", "exposed"),
        ("docker-api", "identified"),
        ("redis", "exposed"),
        ("redis", "protected"),
    } <= shown
    (docker,) = [finding for finding in report["findings"] if finding["rule"] == "docker-api-no-auth"]
    assert {sign["indicator"] for sign in docker["compromise"]} >= {"image-known-miner", "command-known-miner"}


def test_a_taken_port_moves_the_stand_in_and_not_the_demo():
    with ExitStack() as taken:
        # Not on 0.0.0.0: the tests beside this one have servers on that port of other loopback addresses.
        for host in range(1, 100):
            with suppress(OSError):  # somebody has it already: the same situation
                taken.enter_context(socket.create_server((f"127.0.0.{host}", 6379)))
        run = exposure("demo", "-f", "json")
    services = {row["service"] for row in json.loads(run.stdout)["endpoints"]}
    assert "redis" in services
