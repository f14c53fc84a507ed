"""The audit log says what a capture on the cable says: every attempt, every byte of a conversation, and nobody else."""

import contextlib
import json
import socket
import threading
from collections import Counter

import pytest

from scanner.history.chain import verify
from tests.lab.capture import capturing
from tests.lab.namespaces import FAR
from tests.lab.test_middleboxes import answering
from tests.sweep.syn.lab import inside

pytestmark = [pytest.mark.root, pytest.mark.timeout(180)]
REDIS, WEB, SECURE = "10.9.0.1", "10.9.0.2", "10.9.0.3"
DISCARD = 9
PORTS = "80,81,82,6379,8443,U:11211,U:5353"


@contextlib.contextmanager
def answering_datagrams(lab, port):
    """Answer whatever comes to a UDP port of any address there, until the block is left."""
    over = threading.Event()
    with inside(lab.there):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("0.0.0.0", port))
    sock.settimeout(0.1)

    def work():
        while not over.is_set():
            with contextlib.suppress(OSError):
                _, peer = sock.recvfrom(2_048)
                sock.sendto(b"hello, stranger", peer)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        sock.close()


def scan(lab, log, *arguments):
    done = lab.scan(*arguments, "-q", "--audit", str(log), "-f", "json")
    assert done.returncode in {0, 1, 4}, done.stderr
    return json.loads(done.stdout)


def lines_of(log, kind, transport=None):
    return [line for line in log if line["kind"] == kind and transport in {None, line.get("transport")}]


def differences(capture, log):
    """Return everything in which a capture and the lines of a log disagree."""
    tcp, udp = Counter(), Counter()
    for line in lines_of(log, "sweep"):
        places = ((address, int(port)) for port, addresses in line["sweep"].items() for address in addresses)
        (tcp if line["transport"] == "tcp" else udp).update(places)
    for line in lines_of(log, "conversation", "tcp"):
        tcp[line["to"], line["port"]] += 1
    for line in lines_of(log, "conversation", "udp"):
        udp[line["to"], line["port"]] += line["datagrams"]
    asked = {address for line in lines_of(log, "asked") if line["what"] == "neighbour" for address in line["of"]}
    # How the kernel is made to resolve a neighbour: an empty datagram to the discard port.
    resolving = Counter({place: count for place, count in capture.datagrams.items() if place[1] == DISCARD})
    talks = Counter()
    for line in lines_of(log, "conversation", "tcp"):
        if line["source_port"] is not None:
            place = line["to"], line["port"], line["source_port"]
            talks[*place, "out"] += line["bytes_out"]
            # What the peer still says after we hung up is on the cable, and nobody hears it: a farewell of TLS.
            talks[*place, "in"] += 0 if line["tls"] else line["bytes_in"]
    secret = {(line["to"], line["port"], line["source_port"]) for line in log if line.get("tls")}
    wire = Counter()
    for place, (out, back) in capture.connections.items():
        wire[*place, "out"] = out
        wire[*place, "in"] = 0 if place in secret else back
    bytes_out = sum(line["bytes_out"] for line in log if line.get("transport") == "udp")
    named = {address for address, _ in tcp | udp} | asked
    return {
        "unlogged attempts": capture.attempts - tcp,
        "attempts that were not made": tcp - capture.attempts,
        "unlogged datagrams": capture.datagrams - resolving - udp,
        "datagrams that were not sent": udp - capture.datagrams,
        "datagram bytes": sum(capture.datagram_bytes.values()) - bytes_out,
        "neighbours": {address for address, _ in resolving} - asked,
        "payload": (wire - talks) + (talks - wire),
        "strangers": (capture.whoever - named) | (capture.sought - named - {FAR}),
    }


@pytest.mark.parametrize("engine", ["connect", "syn"])
def test_the_log_reproduces_the_capture(lab, tmp_path, engine):
    lab.rules("chain p { type filter hook input priority 0; tcp dport 82 drop; udp dport 5353 drop; }")
    there = f"redis@{REDIS}:6379", f"page@{WEB}:80", f"page@{REDIS}:80", f"secure@{SECURE}:8443"
    file = tmp_path / "audit.jsonl"
    with (
        answering(lab, lab.there, *there),
        answering_datagrams(lab, 11211),
        capturing(lab) as capture,
    ):
        report = scan(lab, file, "10.9.0.0/29", FAR, "-p", PORTS, "--engine", engine, "--rate", "2000")
    raw = file.read_bytes().splitlines(keepends=True)
    log = list(map(json.loads, raw))
    assert capture.dropped == 0
    assert {key: difference for key, difference in differences(capture, log).items() if difference} == {}

    verdict = verify(raw)
    assert (verdict.broken, verdict.status) == (None, report["run"]["status"])
    assert log[0]["engine"] == report["run"]["engine"] == engine
    assert verdict.totals["attempts"] + verdict.totals["conversations"] >= capture.attempts.total()

    talks = lines_of(log, "conversation")
    assert {"redis", "identify", "control"} <= {line["probe"] for line in talks}
    assert {"answered", "refused"} <= {line["outcome"] for line in talks}
    assert any(line["tls"] and line["bytes_out"] for line in lines_of(log, "conversation", "tcp"))
    assert any(line["datagrams"] for line in lines_of(log, "conversation", "udp"))
    assert {address for line in lines_of(log, "asked") if line["what"] == "reverse-dns" for address in line["of"]} >= {
        REDIS,
        WEB,
    }

    # The comparison sees what is missing: no conversation that was on the cable can be left out.
    for missing in talks:
        assert any(differences(capture, [line for line in log if line is not missing]).values()), missing
