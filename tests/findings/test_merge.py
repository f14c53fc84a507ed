from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.core.finding import Severity, Status
from scanner.core.plan import Shard
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import Coverage, RunStatus, ScanReport
from scanner.findings.judge import finding_order, row_order
from scanner.findings.merge import merge
from scanner.sweep.coverage import NOTHING_WORDS
from scanner.targets.shard import shard_positions
from tests.report import samples

SCOPE = "ab" * 32
STATES = ("exposed", "open", "closed", "filtered", "unreachable", "unscanned")


def part(states, index=1, count=1, **run):
    """Return the report of one shard of a run whose endpoint at position P is port P of 127.0.0.1 in states[P]."""
    mine = [(place, states[place]) for place in shard_positions(len(states), Shard(index=index, count=count))]
    findings = [samples.finding(port=place + 1) for place, state in mine if state == "exposed"]
    rows = [samples.row_of(one) for one in findings]
    rows += [open_row(place) for place, state in mine if state == "open"]
    number = {state: sum(found == state for _, found in mine) for state in STATES}
    coverage = Coverage(
        addresses=1,
        ports=len(states),
        endpoints_planned=len(mine),
        asked=len(rows),
        answered=len(rows),
        open=number["exposed"] + number["open"],
        closed=number["closed"],
        filtered=number["filtered"],
        unreachable=number["unreachable"],
        unscanned=number["unscanned"],
        closed_list=tuple(f"127.0.0.1:{place + 1}" for place, state in mine if state == "closed"),
        unscanned_list=tuple(f"127.0.0.1:{place + 1}: why" for place, state in mine if state == "unscanned"),
        hosts_alive=int(bool(rows or number["closed"])),
    )
    # One run knows of itself that nothing answered at all; a part can't.
    mute = count == 1 and not number["closed"] and not rows and number["unscanned"] < len(mine)
    problems = (Problem(ProblemKind.NOTHING_ANSWERED, "run", NOTHING_WORDS),) if mute else ()
    incomplete = RunStatus.INCOMPLETE if number["unscanned"] or mute else RunStatus.COMPLETE
    fields = {"id": f"{index}-{count}", "status": incomplete, "seed": 7, "scope_sha256": SCOPE} | run
    whole = samples.run(shard=f"{index}/{count}", endpoints_total=len(states), **fields)
    return ScanReport(
        run=whole,
        coverage=coverage,
        endpoints=tuple(sorted(rows, key=row_order)),
        findings=tuple(sorted(findings, key=finding_order)),
        problems=problems,
    )


def open_row(place):
    row = samples.row_of(samples.finding(port=place + 1))
    return replace(row, status=Status.OPEN, service=None, product=None)


def named(*reports):
    return [(f"{number}.json", report) for number, report in enumerate(reports)]


def facts(report):
    coverage = replace(report.coverage, closed_list=tuple(sorted(report.coverage.closed_list)))
    coverage = replace(coverage, unscanned_list=tuple(sorted(coverage.unscanned_list)))
    return coverage, report.endpoints, report.findings, report.problems, report.run.status


@given(st.lists(st.sampled_from(STATES), min_size=1, max_size=40), st.integers(1, 64), st.randoms())
def test_all_shards_together_are_the_unsharded_run(states, count, random):
    shards = [part(states, index, count) for index in range(1, count + 1)]
    random.shuffle(shards)
    merged = merge(named(*shards), expect=count)
    assert facts(merged) == facts(part(states))
    assert merged.coverage.balanced


@given(st.lists(st.sampled_from(STATES), min_size=2, max_size=40), st.integers(2, 64), st.randoms())
def test_a_missing_shard_is_never_clean(states, count, random):
    missing = random.randint(1, count)
    merged = merge(named(*(part(states, index, count) for index in range(1, count + 1) if index != missing)))
    lost = len(shard_positions(len(states), Shard(index=missing, count=count)))
    assert merged.run.status is RunStatus.INCOMPLETE
    assert merged.coverage.endpoints_planned == len(states)
    assert merged.coverage.unscanned == lost + sum(
        report.coverage.unscanned
        for report in (part(states, index, count) for index in range(1, count + 1) if index != missing)
    )
    assert [one.kind for one in merged.problems] == [ProblemKind.SHARD_MISSING]


@given(st.lists(st.sampled_from(STATES), min_size=2, max_size=40), st.integers(2, 64), st.randoms())
def test_a_shard_that_is_given_twice_or_is_of_another_run_is_refused_in_any_order(states, count, random):
    shards = [part(states, index, count) for index in range(1, count + 1)]
    mine = random.randint(1, count)
    foreign = (
        (part(states, mine, count), "and so is"),
        (part(states, mine, count, scope_sha256="cd" * 32), "other targets"),
        (part(states, mine, count, seed=8), "--seed"),
        (part(states, random.randint(1, count + 1), count + 1), "don't mix"),
    )
    for stranger, told in foreign:
        # It stands beside all the others, or in the place of its own.
        beside = [one for one in shards if one.run.shard != stranger.run.shard or random.random() < 0.5]
        given = [*beside, stranger, *([stranger] if told == "and so is" else [])]
        random.shuffle(given)
        with pytest.raises(UsageError) as refused:
            merge(named(*given))
        assert told in str(refused.value)


@pytest.mark.parametrize(
    ("reports", "told"),
    [
        ((part(["open"], 1, 2), part(["open"], 1, 2)), "and so is"),
        ((part(["open"], 1, 2), part(["open"], 2, 3)), "don't mix"),
        ((part(["open"], 1, 2), part(["open"], 2, 2, seed=8)), "--seed"),
        ((part(["open"], 1, 2), part(["open"], 2, 2, scope_sha256="cd" * 32)), "other targets"),
        ((part(["open"], 1, 2), part(["open"], 2, 2, scope_sha256="")), "can be merged"),
        ((part(["open"], 1, 2), part(["open"], 2, 2, options={"services": ["redis"]})), "another --services"),
        ((part(["open"], 1, 2), part(["open"], 2, 2, options={"identify": False})), "another --identify"),
        ((part(["open"], 1, 2, options={"checks": "mine"}), part(["open"], 2, 2)), "another --checks"),
        ((), "no report"),
    ],
)
def test_what_does_not_belong_together_is_refused(reports, told):
    with pytest.raises(UsageError, match=told):
        merge(named(*reports))


def test_parts_that_asked_the_same_are_merged_in_whatever_order_they_name_it():
    one, other = (
        part(["open"], index, 2, options={"services": list(words), "identify": True, "checks": None})
        for index, words in ((1, ("redis", "mongodb")), (2, ("mongodb", "redis")))
    )
    assert merge(named(one, other)).run.status is RunStatus.COMPLETE


def test_another_count_than_was_expected_is_refused():
    with pytest.raises(UsageError, match="--expect says 4"):
        merge(named(part(["open"], 1, 2)), expect=4)


def test_a_row_says_from_where_it_was_reached_and_the_graver_word_counts():
    office = part(["exposed", "open"], vantage="office")
    dmz = part(["closed", "open"], vantage="dmz", seed=9)
    merged = merge(named(office, dmz))
    assert [(row.status, row.reached_from) for row in merged.endpoints] == [
        (Status.EXPOSED, ("office",)),
        (Status.OPEN, ("dmz", "office")),
    ]
    assert [one.reached_from for one in merged.findings] == [("office",)]
    assert merged.coverage.endpoints_planned == 4
    assert merged.run.status is RunStatus.COMPLETE


def test_a_target_was_silent_when_no_shard_heard_it():
    def silent(*targets):
        return tuple(Problem(ProblemKind.TARGET_SILENT_IN_SHARD, target, "no answer") for target in targets)

    first = replace(part(["filtered", "filtered"], 1, 2), problems=silent("10.0.0.1", "10.0.0.2"))
    second = replace(part(["filtered", "filtered"], 2, 2), problems=silent("10.0.0.2"))
    merged = merge(named(first, second))
    assert merged.problems == (Problem(ProblemKind.TARGET_SILENT, "10.0.0.2", "no answer"),)
    assert merged.run.status is RunStatus.INCOMPLETE


def test_an_interrupted_part_interrupts_the_whole():
    merged = merge(named(part(["open"] * 2, 1, 2), part(["open"] * 2, 2, 2, status=RunStatus.INTERRUPTED)))
    assert merged.run.status is RunStatus.INTERRUPTED


def test_reports_of_machines_with_other_interfaces_are_merged():
    def seen(index):
        found = samples.finding("fe80::1%nosuch0", index)
        rows = (samples.row_of(found), samples.row_of(samples.finding("10.0.0.5", index)))
        return replace(part(["exposed", "exposed"], index, 2), endpoints=rows, findings=(found,))

    merged = merge(named(seen(1), seen(2)))
    assert [str(row.endpoint) for row in merged.endpoints][:2] == ["10.0.0.5:1", "10.0.0.5:2"]
    assert len(merged.findings) == 2


@given(st.lists(st.sampled_from(STATES), min_size=2, max_size=40), st.integers(2, 64), st.randoms())
def test_a_part_that_is_given_twice_or_is_foreign_is_refused(states, count, random):
    parts = [part(states, index, count) for index in range(1, count + 1)]
    with pytest.raises(UsageError, match="and so is"):
        merge(named(*random.sample([*parts, random.choice(parts)], count + 1)))
    foreign = part(states, 1, count, scope_sha256="cd" * 32)
    with pytest.raises(UsageError, match="other targets"):
        merge(named(*random.sample([*parts[1:], foreign], count)))


def test_what_is_reached_from_where_strangers_stand_is_more_urgent():
    office, internet = (part(["exposed", "open"], vantage=place) for place in ("office", "internet"))
    (plain,) = merge(named(office, internet)).findings
    (urgent,) = merge(named(office, internet), outside=("internet", "cafe")).findings
    assert plain.priority < urgent.priority or plain.priority is Severity.CRITICAL
    assert urgent.priority_reasons[-1] == "raised: reached from internet, where strangers stand"
    assert urgent.severity is plain.severity
    (inside,) = merge(named(office), outside=("internet",)).findings
    assert inside.priority_reasons == ()
