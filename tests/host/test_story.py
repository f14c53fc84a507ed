from dataclasses import replace
from ipaddress import ip_address

from scanner.core.ports import Transport
from scanner.core.report import Run, RunStatus
from scanner.host.check import load_checks
from scanner.host.host_report import machine_report
from scanner.host.reasons import explain
from scanner.host.snapshot import Container, Gap, Hashes, Process, Snapshot, Socket, State
from scanner.host.story import story
from scanner.host.weigh import judge

RUN = Run(id="r", status=RunStatus.COMPLETE, started="2026-01-02T03:04:05Z", ended="", engine="host", seed=0)


def told(snapshot, **options):
    judgement = judge(snapshot, load_checks())
    reasons = explain(snapshot)
    report = machine_report(snapshot, judgement, reasons, RUN, checks=load_checks(), probes={})
    return report, story(report, reasons, **options)


INTRUDER = Process(pid=7, name="kworker/0:1", executable="/tmp/x", deleted=True, silent=True, sockets=frozenset({5}))


def test_an_alarm_says_what_why_how_to_decide_and_what_to_do_first():
    peer = Socket(address=ip_address("10.0.0.5"), port=4, transport=Transport.TCP, state=State.ESTABLISHED, inode=5,
                  peer=ip_address("8.8.4.4"), peer_port=3333)  # fmt: skip
    hashes = {7: Hashes(sha256="a" * 64, md5="b" * 32, size=9)}
    report, text = told(Snapshot(machine="web", processes=(INTRUDER,), sockets=(peer,), hashes=hashes))
    for words in ("web: 1 sign of a break-in.", "process id 7", "like a kernel thread", "8.8.4.4 port 3333", "a" * 64,
                  "/proc/7/exe", "keep the evidence", "cut the machine from the network"):  # fmt: skip
        assert words in text
    assert text.index("keep the evidence") < text.index("kill the processes")
    (finding,) = report.findings
    assert finding.rule == "host-process-disguised-as-kernel"
    assert "7" not in finding.endpoint.subject


def test_weak_signs_alone_have_a_rule_that_does_not_change_with_them():
    process = Process(pid=7, name="x", executable="/tmp/x", silent=True)
    report, _ = told(Snapshot(machine="web", processes=(process,)))
    assert [finding.rule for finding in report.findings] == ["host-process-suspicious"]


def test_weak_signs_are_shown_on_request():
    snapshot = Snapshot(machine="web", processes=(Process(pid=7, name="x", silent=True),))
    _, short = told(snapshot)
    _, whole = told(snapshot, verbose=True)
    assert "1 weak, 0 mere notes; -v shows them" in short
    assert "its command line is empty" in whole
    assert "no sign of a break-in" in short


def listening(**more):
    one = Socket(address=ip_address("0.0.0.0"), port=2375, transport=Transport.TCP, state=State.LISTEN, inode=5)
    process = Process(pid=7, name="dockerd", sockets=frozenset({5}), **more)
    return Snapshot(processes=(process,), sockets=(one,), units={7: "a\x1b[2Jb.service"})


def test_listeners_that_were_not_asked_lead_to_confirm():
    _, text = told(listening())
    assert "0.0.0.0:2375/tcp" in text
    assert "None of them was asked: exposure host --confirm" in text
    report, _ = told(listening())
    asked = replace(report, run=replace(report.run, options={"confirm": True}))
    assert "None of them was asked" not in story(asked, explain(listening()))
    assert "None of them was asked" not in told(Snapshot())[1]


def test_no_unit_or_line_of_the_machine_drives_the_terminal():
    _, text = told(listening())
    assert all(character.isprintable() or character == "\n" for character in text)
    assert "a\\x1b[2Jb.service" in text


def test_thousands_of_weak_signs_are_counted_and_twins_and_containers_named():
    box = Container(id="a" * 64, name="miner", engine="docker", image="x", command="", running=True)
    twins = tuple(
        Process(pid=pid, name="x", executable="/tmp/x", deleted=True, cgroup=f"/docker/{'a' * 64}")
        for pid in range(1, 21)
    )
    quiet = tuple(Process(pid=pid, name="y", executable=f"/opt/{pid}", silent=True) for pid in range(100, 130))
    _, text = told(Snapshot(machine="web", processes=(*twins, *quiet), containers=(box,)))
    assert "process ids 1, 2, 3, 4, 5, 6, 7, 8 and 12 more, in the container miner" in " ".join(text.split())
    assert "and 10 more: -v shows all" in text
    assert "more: -v" not in told(Snapshot(machine="web", processes=(*twins, *quiet)), verbose=True)[1]


def test_what_could_not_be_seen_is_said_and_the_run_is_incomplete():
    report, text = told(Snapshot(machine="web", gaps=(Gap("processes", "hidepid=2", "run it as root"),)))
    assert report.run.status is RunStatus.INCOMPLETE
    assert "Not seen, so not clean" in text
    assert "hidepid=2; run it as root" in text


def test_the_last_line_speaks_of_rootkits():
    _, text = told(Snapshot())
    assert "A rootkit in the kernel lies" in " ".join(text.splitlines()[-2:])


def test_the_line_that_a_service_named_when_it_was_asked_is_in_the_list():
    snapshot = listening()
    report = machine_report(snapshot, judge(snapshot, ()), explain(snapshot), RUN, checks=(), probes={})
    row = replace(report.endpoints[0], evidence={"listener": "redis-server (/srv/r.conf:2 bind 0.0.0.0)"})
    assert "redis-server (/srv/r.conf:2 bind 0.0.0.0)" in story(replace(report, endpoints=(row,)), explain(snapshot))
