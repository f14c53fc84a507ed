"""A run by workers in namespaces of their own: nothing is lost, double or too fast, whoever dies or is cut off.

The server is a real one with TLS and client certificates; who sent what, and when, is told by those who received it.
"""

import json
import re
import signal
from collections import Counter

import pytest

from scanner.core.exit_code import ExitCode
from tests.cluster.nats_server import kill
from tests.lab.arrivals import counting, most_in_a_second
from tests.lab.cluster import Cluster
from tests.lab.test_middleboxes import answering

pytestmark = [pytest.mark.root, pytest.mark.real, pytest.mark.timeout(240)]
REDIS = ("10.9.0.1", "10.9.0.99", "10.9.1.7", "10.9.2.42", "10.9.3.200")
RATE = 2_000
LEASE_S = 3.0
WORDS = ("10.9.0.0/22", "-p", "6379,18081-18088", "--no-identify", "--no-names", "--seed", "7")
PACE = ("--rate", str(RATE), "--cluster-lease", f"{LEASE_S:g}s")
SCOPE = "10.9.0.0/16\n"
CHUNKS = 16


@pytest.fixture(scope="module")
def served(module_lab):
    with answering(module_lab, module_lab.there, *(f"redis@{address}:6379" for address in REDIS)):
        yield module_lab


@pytest.fixture(autouse=True)
def unfiltered(served):
    """Whatever a test lets nobody pass, the next one finds the way free: their order is random."""
    yield
    served.rules("")


@pytest.fixture(scope="module")
def cluster(served, tmp_path_factory):
    made = Cluster(served, tmp_path_factory.mktemp("cluster"), posts=4)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def workers(cluster):
    """Four workers that are there in every test; who kills one puts another in its place."""
    return [cluster.worker(f"w{number}", SCOPE, where=post) for number, post in enumerate(cluster.posts)]


@pytest.fixture(scope="module")
def whole(cluster, served):
    """What one machine finds."""
    done = served.scan(*WORDS, "-q", "-f", "none", "-o", str(cluster.folder / "alone.json"))
    assert done.returncode == ExitCode.FINDINGS, done.stderr
    report = cluster.report("alone")
    assert report["coverage"]["open"] == len(report["findings"]) == len(REDIS)
    return report


@pytest.fixture
def arrivals(served, workers, whole):
    """Who asks, and how often, while a test runs; in no second more than the run's rate was."""
    with counting(served) as seen:
        yield seen
    assert most_in_a_second(seen.times(but_to=REDIS)) <= RATE * 1.05


def same(cluster, name, whole):
    """Demand that nothing was lost and nothing counted twice."""
    report = cluster.report(name)
    alive = report["coverage"].pop("hosts_alive")
    assert report == {**whole, "coverage": {key: one for key, one in whole["coverage"].items() if key != "hosts_alive"}}
    # Hosts are counted where parts can tell them apart.
    assert len(REDIS) <= alive <= whole["coverage"]["hosts_alive"]
    assert len({one["fingerprint"] for one in report["findings"]}) == len(REDIS)


def by(scan):
    """Return how many chunks each worker has done, by the first part of its name."""
    return Counter(re.findall(r"chunk \d+/\d+ by (\w+)-", scan.words))


@pytest.mark.parametrize("count", [2, 4])
def test_workers_together_find_what_one_machine_finds(cluster, workers, whole, arrivals, count):
    for worker in workers[count:]:
        worker.process.send_signal(signal.SIGSTOP)
    try:
        scan = cluster.scan(f"by{count}", *WORDS, *PACE, *cluster.options)
        assert scan.end() == ExitCode.FINDINGS, scan.words
    finally:
        for worker in workers[count:]:
            worker.process.send_signal(signal.SIGCONT)
    same(cluster, f"by{count}", whole)
    assert arrivals.senders() == {cluster.address(number) for number in range(count)}
    assert (len(by(scan)), by(scan).total()) == (count, CHUNKS)


def test_a_worker_that_is_killed_loses_nothing(cluster, workers, whole, arrivals):
    scan = cluster.scan("killed", *WORDS, *PACE, *cluster.options)
    scan.until("done", times=2)
    workers[0].kill()
    scan.until("heard no more")
    workers[0] = cluster.worker("w0", SCOPE, where=cluster.posts[0])
    assert scan.end() == ExitCode.FINDINGS, scan.words
    same(cluster, "killed", whole)


def test_a_coordinator_that_is_killed_is_gone_on_with(cluster, workers, whole, arrivals):
    state = str(cluster.folder / "run.state")
    first = cluster.scan("resumed", *WORDS, *PACE, *cluster.options, "--save", state)
    first.until("done", times=3)
    first.kill()
    scan = cluster.scan("resumed", *WORDS, *PACE, *cluster.options, "--resume", state)
    assert scan.end() == ExitCode.FINDINGS, scan.words
    same(cluster, "resumed", whole)


def test_a_server_that_is_killed_is_waited_for(cluster, workers, whole, arrivals):
    scan = cluster.scan("server", *WORDS, *PACE, *cluster.options)
    scan.until("done", times=2)
    kill(cluster.server)
    cluster.server = cluster.start_server()
    assert scan.end() == ExitCode.FINDINGS, scan.words
    same(cluster, "server", whole)


def test_a_worker_that_is_cut_off_stops_before_another_gets_its_chunk(served, cluster, workers, whole, arrivals):
    scan = cluster.scan("cut", *WORDS, *PACE, *cluster.options)
    scan.until("done", times=2)
    cut_off = served.cut(cluster.cables[1])
    scan.until("heard no more")
    assert scan.end() == ExitCode.FINDINGS, scan.words
    healed = served.cut()
    same(cluster, "cut", whole)
    sent = arrivals.times(cluster.address(1))
    assert sent
    assert not [at - cut_off for at in sent if cut_off + LEASE_S < at < healed]
    # It comes back by itself; slow enough for TCP to try again.
    again = cluster.scan("again", *WORDS, "--rate", "700", *cluster.options)
    again.until("worker w1-")
    assert again.end() == ExitCode.FINDINGS, again.words
    same(cluster, "again", whole)


def test_what_is_outside_of_a_workers_own_scope_is_refused_and_reported(cluster, arrivals):
    narrow = cluster.worker("narrow", "10.9.128.0/17\n", "--vantage", "narrow", where=cluster.posts[0])
    scan = cluster.scan("refused", *WORDS, *PACE, *cluster.options, "--vantage", "narrow")
    assert scan.end() == ExitCode.NOTHING_SCANNED, scan.words
    narrow.end_by(signal.SIGTERM)
    assert "refused chunk 1 of run" in narrow.words
    report = json.loads((cluster.folder / "refused.json").read_text())
    assert report["coverage"]["unscanned"] == report["coverage"]["endpoints_planned"]
    assert any("10.9.0.0:6379 is not in this worker's own scope" in one["detail"] for one in report["problems"])
    assert not arrivals.seen


def test_rows_say_from_where_they_were_reached_and_outside_is_more_urgent(served, cluster, arrivals):
    served.rules(
        f"chain a {{ type filter hook input priority 0; iifname {cluster.cables[0]} ip daddr {REDIS[0]}"
        " tcp dport 6379 reject with tcp reset; }"
    )
    posts = {"dmz": cluster.posts[0], "office": cluster.posts[1]}
    standing = [cluster.worker(name, SCOPE, "--vantage", name, where=post) for name, post in posts.items()]
    words = ("10.9.0.0/24", "-p", "6379", "--no-identify", "--no-names", "--seed", "7", *PACE)
    scan = cluster.scan("places", *words, *cluster.options, "--vantage", "dmz,office", "--outside", "office")
    assert scan.end() == ExitCode.FINDINGS, scan.words
    for worker in standing:
        worker.end_by(signal.SIGTERM)
    first, second = cluster.report("places")["findings"]
    assert [one["address"] for one in (first, second)] == list(REDIS[:2])
    assert (first["reached_from"], second["reached_from"]) == (["office"], ["dmz", "office"])
    assert "reached from office, where strangers stand" in first["priority_reasons"][-1]


def test_raw_packets_of_many_workers_find_the_same(cluster, workers, whole, arrivals):
    scan = cluster.scan("syn", *WORDS, *PACE, *cluster.options, "--engine", "syn")
    assert scan.end() == ExitCode.FINDINGS, scan.words
    same(cluster, "syn", whole)
    assert len(arrivals.senders()) == len(workers)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_stops_everybody_and_tells_what_was_seen(cluster, workers, whole, arrivals, number):
    scan = cluster.scan("stopped", *WORDS, "--rate", "500", *cluster.options)
    scan.until("done", times=1)
    assert scan.end_by(number) == ExitCode.INTERRUPTED, scan.words
    report = json.loads((cluster.folder / "stopped.json").read_text())
    coverage = report["coverage"]
    looked_at = coverage["endpoints_planned"] - coverage["unscanned"]
    assert CHUNKS * 10 < looked_at < coverage["endpoints_planned"] == whole["coverage"]["endpoints_planned"]
    # What the receivers have seen of the sweep is in the report: the words of stopped workers count too.
    assert len(arrivals.times(but_to=REDIS)) >= looked_at * 0.9
