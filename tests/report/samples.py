"""Reports for the tests of this room."""

import hashlib
import ipaddress

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access, Exchange
from scanner.core.finding import Anchor, Cvss, Finding, FindingState, Indicator, Owasp, Severity, Status
from scanner.core.ports import Transport
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import Coverage, EndpointRow, Run, RunStatus, ScanReport
from scanner.core.talk import TlsFacts
from scanner.report.writer import format_names

EVERY_FORMAT = format_names()


def run(**changes: object) -> Run:
    fields = {
        "id": "run-1",
        "status": RunStatus.COMPLETE,
        "started": "2026-01-02T03:04:05Z",
        "ended": "2026-01-02T03:05:06Z",
        "engine": "connect",
        "seed": 7,
        "options": {"targets": ["127.0.0.0/30"], "ports": "2375,6379"},
    }
    return Run(**{**fields, **changes})


def coverage(**changes: object) -> Coverage:
    fields = {
        "addresses": 4,
        "ports": 2,
        "endpoints_planned": 8,
        "open": 4,
        "closed": 3,
        "filtered": 1,
        "hosts_alive": 3,
    }
    return Coverage(**{**fields, **changes})


def fingerprint(*parts: object) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()


def endpoint(address: str = "127.0.0.1", port: int = 6379, **changes: object) -> Endpoint:
    return Endpoint(ipaddress.ip_address(address), port, **changes)


def finding(address: str = "127.0.0.1", port: int = 6379, **changes: object) -> Finding:
    fields: dict[str, object] = {
        "fingerprint": fingerprint("redis-no-password", address, port),
        "rule": "redis-no-password",
        "title": "Redis answers without a password",
        "service": "redis",
        "product": "Redis",
        "version": "7.0.15",
        "endpoint": endpoint(address, port),
        "url": f"redis://{endpoint(address, port)}",
        "severity": Severity.HIGH,
        "priority": Severity.HIGH,
        "access": Access.DATA,
        "detail": "PING and INFO were answered without credentials; 12 keys in 1 database.",
        "impact": "Anybody who reaches the port reads and overwrites every key, and writes files as the server.",
        "proof": (Exchange("PING", "+PONG"), Exchange("INFO server", "redis_version 7.0.15")),
        "evidence": {"keys": 12, "databases": ["db0"]},
        "owasp": Owasp(y2017=("A6", "A2"), y2021=("A05", "A07"), y2025=("A02", "A07")),
        "cwe": (306,),
        "attack": ("T1190",),
        "cvss": Cvss("4.0", "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3),
        "remedy": (
            "# redis.conf: listen on loopback alone",
            "bind 127.0.0.1 -::1",
            "requirepass <long random password>",
        ),
        "references": ("https://redis.io/docs/latest/operate/oss_and_stack/management/security/",),
    }
    return Finding(**{**fields, **changes})


def docker_finding(address: str = "127.0.0.2", port: int = 2375, **changes: object) -> Finding:
    fields: dict[str, object] = {
        "fingerprint": fingerprint("docker-api-no-auth", address, port),
        "rule": "docker-api-no-auth",
        "title": "The Docker API answers without authentication",
        "service": "docker-api",
        "product": "Docker Engine",
        "version": "20.10.24",
        "endpoint": endpoint(address, port, name="build-server"),
        "url": f"http://{endpoint(address, port)}",
        "severity": Severity.CRITICAL,
        "priority": Severity.CRITICAL,
        "priority_reasons": ("raised: possible compromise",),
        "access": Access.CONTROL,
        "detail": "GET /containers/json listed 3 containers.",
        "impact": "Anybody who reaches the port starts a container that mounts the host's disk: root on the host.",
        "proof": (Exchange("GET /containers/json", "200, 3 containers"),),
        "evidence": {"containers": 3, "images": 5},
        "compromise": (Indicator("image-known-miner", "heybb/theimg2:latest"),),
        "owasp": Owasp(y2017=("A6", "A2"), y2021=("A05", "A07"), y2025=("A02", "A07")),
        "cwe": (306,),
        "attack": ("T1610", "T1190"),
        "remedy": ("# /etc/docker/daemon.json", '{"hosts": ["unix:///var/run/docker.sock"]}'),
        "references": ("https://docs.docker.com/engine/security/protect-access/", "CIS Docker 2.7"),
        "anchor": Anchor(file="targets.txt", line=3),
        "owner": "platform",
    }
    return finding(address, port, **{**fields, **changes})


def row_of(source: Finding) -> EndpointRow:
    return EndpointRow(
        endpoint=source.endpoint,
        status=Status.EXPOSED,
        service=source.service,
        product=source.product,
        version=source.version,
        access=source.access,
        evidence=source.evidence,
        anchor=source.anchor,
    )


def report(*findings: Finding, **changes: object) -> ScanReport:
    rows = (
        *map(row_of, findings),
        EndpointRow(
            endpoint=endpoint("127.0.0.3", 6379),
            status=Status.PROTECTED,
            service="redis",
            product="Redis",
            access=Access.REFUSED,
            tls=TlsFacts(
                version="TLSv1.3",
                subject="CN=cache",
                names=("cache.example", "10.0.0.5", "*.Cache.example"),
                not_after="2027-01-02T03:04:05Z",
                self_signed=True,
            ),
            reverse_dns="cache-1.example",
        ),
        EndpointRow(
            endpoint=endpoint("127.0.0.3", 2376),
            status=Status.IDENTIFIED,
            service="docker-api",
            note="A filter in front lets only /version through.",
        ),
        EndpointRow(endpoint=endpoint("127.0.0.3", 8080)),
    )
    fields = {"run": run(), "coverage": coverage(), "endpoints": rows, "findings": findings}
    return ScanReport(**{**fields, **changes})


def full_report() -> ScanReport:
    return report(
        docker_finding(),
        finding(),
        finding("127.0.0.4", state=FindingState.ACCEPTED, accepted_reason="lab cache", owner="lab"),
        finding("::1", state=FindingState.KNOWN, first_seen="2025-12-01T00:00:00Z"),
        run=run(status=RunStatus.INCOMPLETE),
        coverage=coverage(endpoints_planned=10, unscanned=2, unscanned_list=("127.0.0.1:1-2",), estimated_loss=0.02),
        problems=(Problem(ProblemKind.NAME_NOT_RESOLVED, "no.such.example", "the name does not exist"),),
    )


def clean_report() -> ScanReport:
    return ScanReport(run=run(), coverage=coverage(open=0, closed=7))


def empty_report() -> ScanReport:
    return ScanReport(run=run(), coverage=Coverage(addresses=0, ports=0, endpoints_planned=0))


def blind_report() -> ScanReport:
    return ScanReport(run=run(), coverage=coverage(open=0, closed=0, filtered=8, hosts_alive=0))


def many(count: int) -> ScanReport:
    found = tuple(
        (finding if number % 2 else docker_finding)(
            str(ipaddress.ip_address(0x7F000001 + number)), severity=Severity(number % 5), priority=Severity(number % 5)
        )
        for number in range(count)
    )
    return report(*found)


UDP = Transport.UDP
