import inspect
from dataclasses import replace
from itertools import islice
from types import SimpleNamespace

import pytest

from scanner.core.errors import Malformed, TimedOut
from scanner.probes.registry import load_registry
from tests.fuzz import lag, run, swapped, targets
from tests.fuzz.grown import grown, of_target
from tests.fuzz.mutator import LONGEST, Mutator

NAMES = targets.names()
OF_BYTES = {
    "scanner.wire",
    "scanner.services",
    "scanner.net",
    "scanner.probes",
    "scanner.targets.imports",
    "scanner.report",
}
# Tried on every run, however short: what ended a whole stage once.
ROUNDS = 6
PARTS = 36

pytestmark = pytest.mark.xdist_group("fuzz")


def test_every_parser_and_every_probe_is_a_target():
    assert {f"probe.{probe.id}" for probe in load_registry().probes} <= set(NAMES)
    assert set(NAMES) == set(targets.every_target())
    assert {"net.http", "probes.identification", "sweep.syn.parse", "scanner.sweep.netlink.read_reply"} <= set(NAMES)


def test_a_new_parser_is_found_by_itself():
    def parse_toy(data: bytes, place: int) -> int:
        return data[place]

    assert targets._takes_bytes(parse_toy)
    assert targets.PURE_NAME.search("parse_toy")


@pytest.mark.parametrize("room", sorted(OF_BYTES))
def test_a_function_called_parse_that_takes_a_peers_bytes_can_not_be_left_out(room):
    for module in targets._modules():
        if not module.__name__.startswith(room):
            continue
        for name, function in vars(module).items():
            if not inspect.isfunction(function) or function.__module__ != module.__name__ or name.startswith("_"):
                continue
            whole, first = (
                f"{module.__name__}.{name}",
                next(iter(inspect.signature(function).parameters.values()), None),
            )
            reads = name.startswith(("parse_", "decode", "read_")) and not inspect.iscoroutinefunction(function)
            if reads and first is not None and targets._annotation(first) in {"bytes", "HttpAnswer"}:
                assert whole in NAMES or module.__name__ in targets.OUR_OWN, f"{whole} is fuzzed by nobody"


def test_every_target_has_somewhere_to_begin():
    assert [target.name for target in targets.every_target().values() if not target.seeds] == []


def test_every_parser_is_called_as_its_callers_call_it():
    recorded = targets.conversations.transcripts()
    parsers = targets.parsers()
    calls = targets._calls_of_parsers(parsers, recorded)
    without = [name for name, one in parsers.items() if not targets.arguments(one, name, calls.get(name, ()))]
    assert without == [], "record a conversation that reaches it, or name its arguments in others.CALLED_WITH"


def test_all_arguments_are_tried_and_one_that_refuses_hides_no_other():
    def parse_toy(data: bytes, place: int) -> int:
        if place < 0:
            raise Malformed("no")
        return data[place]

    [target] = [targets._of_function("toy", parse_toy, (), (), [{"place": -1}, {"place": 0}, {"place": 1}])]
    assert run.attempt(target, (b"xy",), timed=False) is None
    assert "IndexError" in run.attempt(target, (b"x",), timed=False).what


@pytest.mark.matrix
@pytest.mark.parametrize("name", NAMES)
def test_a_peer_that_says_anything_raises_nothing_but_what_is_declared(name):
    target, mutator = targets.every_target()[name], Mutator(13)
    for pieces in [*target.seeds[:3], *(mutator.input(target.seeds, target.longest) for _ in range(ROUNDS))]:
        assert run.attempt(target, pieces, timed=False) is None


@pytest.mark.matrix
@pytest.mark.parametrize("name", NAMES)
def test_a_list_an_object_or_nothing_in_place_of_any_value_raises_nothing(name):
    """Spring Boot's state and Node-RED's permissions were looked for in a set: a list can't be."""
    for pieces in swapped.of_target(targets.every_target()[name], 150):
        assert run.attempt(targets.every_target()[name], pieces, timed=False) is None


@pytest.mark.matrix
@pytest.mark.parametrize("number", range(PARTS))
def test_nothing_within_the_byte_budget_keeps_the_event_loop_for_long(number):
    """The corpus, and its longest conversations with one thing over and over up to the budget."""
    for place, (name, target) in enumerate(sorted(targets.every_target().items())):
        if place % PARTS == number:
            for pieces in (*target.seeds[:10], *of_target(target, 1)):
                assert lag.lag_s(lambda: target.run(pieces)) <= lag.LONGEST_S, (name, pieces)  # noqa: B023


@pytest.mark.parametrize(("name", "path"), [pytest.param(*one, id=one[1].stem) for one in run.saved()])
def test_what_was_found_once_stays_found(name, path):
    assert (
        run.attempt(
            targets.every_target()[name], run.load(path), timed="took" in path.read_text("utf-8").split("\n")[0]
        )
        is None
    )


def test_a_failure_is_told_and_kept(tmp_path, monkeypatch):
    def breaks(pieces):
        return b"".join(pieces)[10]

    monkeypatch.setattr(run, "REGRESSIONS", tmp_path)
    target = targets.Target("toy.parser", breaks, ((b"0123456789a",),))
    assert run.attempt(target, target.seeds[0], timed=False) is None
    failure = run.attempt(target, (b"short", b"\xff"))
    assert failure is not None
    assert "IndexError at test_fuzz.py" in failure.what
    path = failure.save()
    assert list(run.saved()) == [("toy.parser", path)]
    assert run.load(path) == (b"short", b"\xff")


def test_what_a_parser_declares_is_no_failure():
    def refuses(pieces):
        raise Malformed("no")

    def waits(pieces):
        raise TimedOut("no")

    target = targets.Target("toy", refuses, ((b"",),))
    assert run.attempt(target, (b"x",), timed=False) is None
    assert run.attempt(replace(target, run=waits), (b"x",), timed=False) is None
    assert run.attempt(replace(target, declared=()), (b"x",)).what.startswith("Malformed at")


@pytest.mark.parametrize(
    ("spent_s", "lag_s", "what"),
    [(0.06, 0.07, "took 60 ms"), (0.08, 0.06, "took 60 ms"), (0.06, 0.04, None), (0.05, 9, None)],
)
def test_an_input_that_takes_long_is_a_failure(monkeypatch, spent_s, lag_s, what):
    monkeypatch.setattr(run, "time", SimpleNamespace(thread_time=iter([0.0, spent_s]).__next__))
    monkeypatch.setattr(run, "lag_s", lambda _run: lag_s)
    failure = run.attempt(targets.Target("toy", len, ((b"",),)), (b"x",))
    assert (failure and failure.what) == what


def test_an_input_that_takes_much_memory_is_a_failure():
    kept = []
    large = targets.Target("toy", lambda pieces: kept.append(b"x" * (300 << 20)), ((b"",),))
    assert "memory grew" in run.attempt(large, (b"x",), timed=False).what


def test_a_seed_is_grown_with_one_thing_over_and_over_to_the_budget_and_not_beyond():
    made = list(grown((b"first", b'{"a": 1, "b": [2]}'), 4_000))
    assert all(before == b"first" and 3_000 < len(last) <= 4_000 for before, last in made)
    assert any(last.count(b'"a": 1,') > 400 for _, last in made)
    assert any(last.count(b"[") > 3_000 for _, last in made)
    assert list(grown((), 4_000)) == []


@pytest.mark.parametrize("name", ["probe.redis", "probe.elasticsearch"])
def test_what_is_as_long_as_the_budget_raises_nothing_but_what_is_declared(name):
    target = targets.every_target()[name]
    for pieces in islice(of_target(target, 1), 0, None, 6):
        assert run.attempt(target, pieces, timed=False) is None


def test_the_same_seed_makes_the_same_inputs_within_the_budget():
    one, other = Mutator(7), Mutator(7)
    seeds = ((b"GET 200", b'{"a": 12}'), (b"",))
    made = [one.input(seeds) for _ in range(300)]
    assert made == [other.input(seeds) for _ in range(300)]
    assert len(set(made)) > 200
    assert max(len(piece) for pieces in made for piece in pieces) <= LONGEST
