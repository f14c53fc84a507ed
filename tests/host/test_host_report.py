"""A judged machine as a report: what is a finding, what it is called, and what a person may paste."""

import shlex
from dataclasses import replace
from ipaddress import ip_address

import pytest

from scanner.config.kinds import redis
from scanner.core.finding import Confidence, Severity, Status
from scanner.core.ports import Transport
from scanner.core.problem import ProblemKind
from scanner.core.report import Run, RunStatus
from scanner.host.check import Kind, Sign, Subject, Weight, load_checks
from scanner.host.host_report import filled, machine_report, once, remedy_of
from scanner.host.reasons import Reason
from scanner.host.snapshot import Container, Gap, Hashes, Process, Snapshot, Socket, State
from scanner.host.weigh import Alarm, Judgement, weigh
from scanner.probes.registry import load_registry

RUN = Run(id="r", status=RunStatus.COMPLETE, started="2026-01-02T03:04:05Z", ended="", engine="host", seed=0)
PROBES = {probe.id: probe for probe in load_registry().probes}
CHECKS = load_checks()
SUBJECT = Subject(Kind.PROCESS, "/tmp/x", "process 7 (x)", 7)


def sign(check="process-known-name", weight=Weight.STRONG, subject=SUBJECT, paths=()):
    return Sign(check, subject, weight, f"{check} holds", paths)


def report(*signs, reasons=(), snapshot=None, probes=PROBES):
    seen = snapshot or Snapshot(machine="web-1")
    return machine_report(seen, weigh(signs), reasons, RUN, checks=CHECKS, probes=probes)


def reason(text="bind 0.0.0.0\nprotected-mode no\n", address="10.0.0.5", **more):
    settings = redis.KIND.read(text, "/etc/redis.conf")
    (door, *_) = redis.KIND.doors(settings)
    opened = door.opened_by
    fields = {"anchor": opened.anchor if opened else None, "line": opened.text if opened else ""}
    about = {"address": ip_address(address), "port": 6379, "transport": Transport.TCP, "door": door}
    return Reason(**{**about, **fields, **more})


def test_a_strong_sign_names_the_rule_and_weak_ones_the_kind_of_subject():
    (strong,) = report(sign(), sign("process-cpu", Weight.WEAK)).findings
    (weak,) = report(sign("process-cpu", Weight.WEAK), sign("process-executable-deleted", Weight.WEAK)).findings
    assert strong.rule == "host-process-known-name"
    assert (weak.rule, weak.title) == ("host-process-suspicious", "A process that an intruder probably runs")
    assert {one.severity for one in (strong, weak)} == {Severity.CRITICAL}
    assert [one.id for one in strong.compromise] == ["process-known-name", "process-cpu"]
    assert "process-known-name holds; process-cpu holds" in strong.detail


def test_two_processes_of_one_executable_are_one_finding_with_one_identity():
    twin = SUBJECT._replace(name="process 8 (x)", number=8)
    (both,) = report(sign(), sign(subject=twin)).findings
    (alone,) = report(sign(subject=twin)).findings
    (other,) = report(sign(subject=SUBJECT._replace(key="/tmp/y"))).findings
    assert both.fingerprint == alone.fingerprint != other.fingerprint


def test_twins_lose_neither_their_numbers_nor_what_was_seen_of_one_alone():
    twin = SUBJECT._replace(name="process 8 (x)", number=8)
    seen = Snapshot(machine="web-1", processes=tuple(Process(pid=pid, executable="/tmp/x") for pid in (7, 8)))
    signs = (sign(), sign(subject=twin), Sign("process-cpu", twin, Weight.WEAK, "it takes all"))
    (found,) = report(*signs, snapshot=seen).findings
    assert sorted(found.evidence["pids"]) == [7, 8]
    assert "it takes all" in [step.received for step in found.proof]
    assert "process 7 (x)" in found.detail
    assert "process 8 (x)" in found.detail


def test_the_proof_says_what_was_read_and_a_note_is_no_sign_of_a_break_in():
    (found,) = report(sign(), sign("process-hash", Weight.NOTE)).findings
    assert found.proof[0].sent.startswith("read /proc")
    assert [one.id for one in found.compromise] == ["process-known-name"]
    assert report(sign("process-hash", Weight.NOTE)).findings == ()
    assert [note["check"] for note in report(sign("process-hash", Weight.NOTE)).host["notes"]] == ["process-hash"]


def test_the_process_is_in_the_evidence_with_its_peers_and_hashes():
    sockets = tuple(
        Socket(
            address=ip_address("10.0.0.5"),
            port=1,
            transport=Transport.TCP,
            state=State.ESTABLISHED,
            inode=inode,
            peer=ip_address("8.8.8.8"),
            peer_port=3333,
        )
        for inode in [*range(30), 99]
    )
    process = Process(pid=7, parent=1, uid=33, argv=("x" * 2_000,), executable="/tmp/x", sockets=frozenset(range(30)))
    hashes = {7: Hashes(sha256="a" * 64, md5="b" * 32, size=9)}
    seen = Snapshot(machine="web-1", processes=(process,), sockets=sockets, hashes=hashes)
    evidence = report(sign(), snapshot=seen).findings[0].evidence
    assert (evidence["pid"], evidence["uid"], evidence["sha256"], evidence["size"]) == (7, 33, "a" * 64, 9)
    assert (len(evidence["peers"]), evidence["peers"][0]) == (20, "8.8.8.8 port 3333")
    assert len(evidence["command"]) == 512
    assert report(sign()).findings[0].evidence == {}


@pytest.mark.parametrize("path", ["/tmp/$(id)", "/tmp/a b", "/tmp/';id;'", "/tmp/`id`", "/tmp/x\n/y"])
def test_a_path_that_an_intruder_chose_runs_nothing_when_it_is_pasted(path):
    """HOSTILE: the name of a file is a stranger's word, and the line is for a root shell."""
    alarm = Alarm(SUBJECT._replace(key=path), (sign(paths=()),))
    for made in (alarm, alarm._replace(signs=(sign(paths=(path,)),))):
        line = filled("ls -la {path}", made)
        assert shlex.split(line) == ["ls", "-la", path.replace("\n", "\\x0a")]
    boxed = Alarm(Subject(Kind.CONTAINER, "img a;id", "x"), (sign(),))
    assert shlex.split(filled("docker inspect {name}", boxed)) == ["docker", "inspect", "a;id"]
    assert filled("ls /proc/{pid}/exe", alarm) == "ls /proc/7/exe"


def test_a_command_for_deciding_names_the_file_that_the_entry_stands_in():
    subject = Subject(Kind.START_UP, "/etc/cron.d/a b /tmp/x", "cron /etc/cron.d/a b", file="/etc/cron.d/a b")
    alarm = Alarm(subject, (sign(subject=subject, paths=("/tmp/x",)),))
    assert filled("less {file}; file {path}", alarm) == "less '/etc/cron.d/a b'; file /tmp/x"
    assert filled("less {file}", Alarm(SUBJECT, (sign(),))) == "less /tmp/x"


def test_the_container_of_a_process_is_in_its_evidence():
    box = Container(id="a" * 64, name="miner", engine="docker", image="ubuntu:18.04", command="", running=True)
    inside = Process(pid=7, executable="/tmp/x", cgroup=f"/docker/{'a' * 64}")
    (found,) = report(sign(), snapshot=Snapshot(machine="web-1", processes=(inside,), containers=(box,))).findings
    assert (found.evidence["container"], found.evidence["image"]) == ("miner", "ubuntu:18.04")


def test_what_could_not_be_seen_leaves_the_report_incomplete():
    seen = Snapshot(machine="web-1", gaps=(Gap("processes", "denied", "run it as root"), Gap("x", "y")))
    made = report(snapshot=seen)
    assert made.run.status is RunStatus.INCOMPLETE
    assert [(one.kind, one.where, one.detail) for one in made.problems] == [
        (ProblemKind.HOST_PART_UNSEEN, "processes", "denied; run it as root"),
        (ProblemKind.HOST_PART_UNSEEN, "x", "y"),
    ]
    assert report().run.status is RunStatus.COMPLETE


def test_an_open_door_is_predicted_on_its_line_and_its_listener_an_endpoint():
    made = report(reasons=[reason()])
    (found,) = made.findings
    assert (found.rule, found.confidence) == ("redis-no-password", Confidence.PREDICTED)
    assert (found.anchor.file, found.anchor.line, found.endpoint.name) == ("/etc/redis.conf", 1, "web-1")
    assert found.evidence["opened_by"] == "/etc/redis.conf:1"
    (row,) = made.endpoints
    assert (row.status, row.service, row.endpoint) == (Status.OPEN, "redis", found.endpoint)
    assert (made.coverage.open, made.coverage.endpoints_planned) == (1, 1)
    assert made.coverage.balanced


def test_both_families_of_one_port_are_one_door_and_an_answer_counts_before_a_prediction():
    four, six = reason(address="0.0.0.0"), reason(address="::")
    first, second = report(reasons=[four, six]).findings
    assert first.fingerprint == second.fingerprint
    (one,) = once([first, replace(second, confidence=Confidence.CONFIRMED)])
    assert (one.confidence, str(one.endpoint.address), one.evidence["also_at"]) == (
        Confidence.CONFIRMED,
        "::",
        ["0.0.0.0:6379"],
    )
    assert once([first]) == (first,)


@pytest.mark.parametrize(
    "made",
    [
        reason(address="127.0.0.1"),
        reason("bind 0.0.0.0\nrequirepass x\n"),
        reason(door=None),
    ],
)
def test_what_lets_nobody_in_from_outside_is_no_finding(made):
    assert report(reasons=[made]).findings == ()
    assert len(report(reasons=[made]).endpoints) == 1


def test_a_service_that_is_not_asked_or_has_no_rule_is_no_finding():
    assert report(reasons=[reason()], probes={}).findings == ()
    bare = {"redis": replace(PROBES["redis"], rules=())}
    assert report(reasons=[reason()], probes=bare).findings == ()


def test_a_remedy_shows_the_line_as_it_is_and_as_it_should_be():
    lines = remedy_of(reason())
    assert lines[:3] == ("# /etc/redis.conf:1, as it is:", "# bind 0.0.0.0", "# as it should be:")
    assert lines[3:] == reason().door.instead
    assert remedy_of(reason(anchor=None))[0] == "# where it is started, as it is:"
    assert remedy_of(reason(door=None)) == ()


def test_a_container_is_named_with_its_place_in_the_project():
    box = Container(id="a", name="db", engine="docker", image="redis", command="", running=True, project="shop",
                    service="cache")  # fmt: skip
    evidence = report(reasons=[reason(container=box, unit="docker.service")]).endpoints[0].evidence
    wanted = {"container": "db", "image": "redis", "compose_project": "shop", "compose_service": "cache"}
    assert evidence | wanted == evidence
    assert evidence["unit"] == "docker.service"


def test_a_machine_without_anything_is_an_empty_report():
    made = machine_report(Snapshot(machine="m", root=True), Judgement(), (), RUN, checks=CHECKS, probes=PROBES)
    assert (made.findings, made.endpoints, made.host["root"], made.host["notes"]) == ((), (), True, [])
