import json
import socket

import pytest

from scanner.cli.verify import plan_again, verify
from scanner.core.errors import ScopeError, UsageError
from scanner.core.ports import Transport
from scanner.probes.registry import load_registry
from tests.report import samples
from tests.report.commands import run, save


def report_of(tmp_path, address, port, **changes):
    found = samples.finding(address, port, **changes)
    return found.fingerprint, "--from", save(samples.report(found), tmp_path / "report.json")


@pytest.mark.real
def test_an_open_redis_is_still_exposed(tmp_path, server):
    running = server(
        ["redis-server", "--port", "{port}", "--bind", "{address}", "--protected-mode", "no", "--save", ""],
        [6379],
        package="redis-server",
    )
    ran = run(verify, *report_of(tmp_path, running.address, running.port))
    assert ran.code == 1
    assert ran.out.startswith(f"exposed: {running.address}:{running.port}: Redis answers without a password: ")


@pytest.mark.real
def test_a_redis_with_a_password_is_protected_also_on_a_port_of_its_own(tmp_path, server):
    running = server(
        ["redis-server", "--port", "{port}", "--bind", "{address}", "--requirepass", "secret", "--save", ""],
        [16379],
        package="redis-server",
    )
    ran = run(verify, *report_of(tmp_path, running.address, running.port))
    assert (ran.code, ran.out.partition(":")[0]) == (0, "protected")


def test_a_port_that_refuses_is_closed(tmp_path):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        fingerprint, *source = report_of(tmp_path, "127.0.0.1", port)
        ran = run(verify, fingerprint[:8], *source, "--json")
    assert ran.code == 0
    assert json.loads(ran.out) == {
        "fingerprint": fingerprint,
        "outcome": "closed",
        "why": "the port refuses connections",
        "url": f"redis://127.0.0.1:{port}",
    }


def test_an_open_port_that_says_nothing_of_use_proves_nothing(tmp_path, server):
    decoy = server.decoy("echo")
    ran = run(verify, *report_of(tmp_path, decoy.address, decoy.port))
    assert (ran.code, ran.out.partition(":")[0]) == (4, "unknown")


def test_a_report_can_not_send_us_to_a_public_address():
    # Only the plan is made: nothing could be sent even by mistake.
    with pytest.raises((ScopeError, UsageError), match="public"):
        plan_again(samples.finding("8.8.8.8"), load_registry(), allow_public=False)


def test_the_plan_is_the_one_endpoint_as_it_was_asked_before():
    found = samples.finding(
        endpoint=samples.endpoint("127.0.0.1", 8443, name="web", host="web.example", base_path="/app"),
        url="https://web.example:8443/app",
    )
    plan = plan_again(found, load_registry(), allow_public=False)
    assert plan.space.size == 1
    (target,) = plan.targets
    assert (target.name, target.host, target.scheme, target.base_path) == ("web", "web.example", "https", "/app")


def test_a_udp_finding_is_asked_over_udp():
    found = samples.finding(endpoint=samples.endpoint("127.0.0.1", 161, transport=Transport.UDP))
    plan = plan_again(found, load_registry(), allow_public=False)
    assert list(plan.space.ports) == [(Transport.UDP, 161)]
