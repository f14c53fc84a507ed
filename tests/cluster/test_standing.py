from dataclasses import replace

from scanner.cluster.messages import Alive, Count
from scanner.cluster.names import Chunk
from scanner.cluster.standing import MOST_WORKERS, Standing
from scanner.core.report import RunStatus, ScanReport
from tests.report import samples

RUN = "0123456789abcdef"
CHUNKS = [Chunk(RUN, vantage, index) for vantage in ("dmz", "office") for index in (1, 2)]


def report(status=RunStatus.COMPLETE, **coverage):
    return ScanReport(run=samples.run(status=status), coverage=samples.coverage(**coverage))


def test_the_first_whole_report_of_a_chunk_counts():
    standing = Standing(CHUNKS, 0.0)
    first = report(open=1)
    assert standing.accept(CHUNKS[0], first)
    assert not standing.accept(CHUNKS[0], report(open=2))
    assert standing.done[CHUNKS[0]] is first
    assert standing.missing() == CHUNKS[1:]


def test_a_part_of_a_chunk_does_not_settle_it():
    standing = Standing(CHUNKS, 0.0)
    assert not standing.accept(CHUNKS[0], report(RunStatus.INTERRUPTED))
    assert standing.missing() == CHUNKS
    assert CHUNKS[0] in standing.partial


def test_a_report_outweighs_a_refusal_in_whatever_order():
    standing = Standing(CHUNKS, 0.0)
    assert standing.fail(CHUNKS[0], "no")
    assert not standing.fail(CHUNKS[0], "no")
    assert standing.missing() == CHUNKS[1:]
    assert standing.accept(CHUNKS[0], report())
    assert not standing.fail(CHUNKS[0], "no")
    assert standing.failed == {}


def test_a_vantage_point_is_given_up_when_none_of_its_workers_was_heard_for_so_long():
    standing = Standing(CHUNKS, 0.0)
    standing.hear(Alive("w", "dmz"), 50.0)
    assert standing.give_up(60.0, 60.0) == []
    assert standing.give_up(60.0, 61.0) == ["office"]
    assert standing.missing() == CHUNKS[:2]
    assert standing.forget_lost(30.0, 81.0) == ["w"]
    assert standing.give_up(60.0, 100.0) == []
    assert standing.give_up(60.0, 111.0) == ["dmz"]
    assert "no worker" in standing.why_undone(CHUNKS[2], "?")
    assert "no more" in standing.why_undone(CHUNKS[0], "?")


def test_what_is_done_and_what_workers_say_of_theirs_is_counted_once():
    standing = Standing(CHUNKS, 0.0)
    standing.accept(CHUNKS[0], report(open=4, closed=3, filtered=1))
    count = Count(planned=8, open=2, closed=1, hosts=9)
    standing.hear(Alive("a", "dmz", CHUNKS[0], count), 1.0)
    standing.hear(Alive("b", "dmz", CHUNKS[1], count), 1.0)
    standing.hear(Alive("c", "dmz", replace(CHUNKS[1], run="f" * 16), count), 1.0)
    tally = standing.tally(32)
    assert (tally.planned, tally.open, tally.closed, tally.filtered, tally.hosts_alive) == (32, 6, 4, 1, 9)
    assert standing.under_way() >= {CHUNKS[0], CHUNKS[1]}


def test_made_up_names_take_no_room():
    standing = Standing(CHUNKS, 0.0)
    for number in range(MOST_WORKERS + 50):
        standing.hear(Alive(f"w{number}", "dmz"), 1.0)
    assert len(standing.workers) == MOST_WORKERS
