"""One file name, one thing: who opens `plan.py` should know which plan; what shares a name gives its reason here."""

from collections import defaultdict
from pathlib import Path

import pytest

SCANNER = Path(__file__).parents[2] / "scanner"
NAMED_AFTER_PRODUCTS = (
    "config/kinds",
    "lint/readers",
    "report/formats",
    "services",
    "standins",
    "targets/imports",
    "tickets/trackers",
    "wire",
)
"""Rooms whose files have the name of a product: redis.py is about Redis in each, and the room says which side of it."""

ENGINES = "each engine of the sweep has a module for the same task, and is read beside the other"
REASONS = {
    "audit": ("cli core", "the command that checks the log, and the account that the log keeps"),
    "engine": ("sweep sweep/connect sweep/syn", "what every engine has in common, and the two that are ours"),
    "engines": ("host/reading sweep", "Docker calls itself an engine; ours are those of the sweep"),
    "expected": ("sweep targets", "endpoints that must be open: read from the command line, and waited for"),
    "fields": (
        "sweep/syn tickets",
        "fields of a packet are called so by the RFCs, fields of a ticket by every tracker",
    ),
    "files": ("host/reading targets targets/compose", "each reads the files of its room, within limits of its own"),
    "guard": ("core net", "what guards a published port, and what guards the peer from a probe"),
    "http": ("net tickets", "the reader of peers under test and the client of trackers are kept apart on purpose"),
    "judge": ("findings lint", "the one verdict over facts, and the one over a container's definition"),
    "layout": ("sweep/syn targets", "the same blocks of targets, as rows of numbers for the raw engine"),
    "merge": ("cli findings targets/compose", "the command and what it does; Compose's own word for files over files"),
    "parse": ("sweep/syn targets", "packets are parsed, and targets are"),
    "plan": (
        "core targets tickets",
        "the run, its targets, its tickets: each is settled before the first byte is sent",
    ),
    "ports": ("core targets targets/compose", "the ports of a run, what -p says of them, what Compose calls so"),
    "progress": ("cli sweep/syn", "what a person sees of it, and what a checkpoint keeps of it"),
    "proof": ("lint tickets", "what a scan proves of a prediction, and of a ticket"),
    "results": ("sweep/connect sweep/syn", ENGINES),
    "rounds": ("probes sweep/connect", "both ask again, the ports and the services; the field says round"),
    "schema": ("cli history", "the command prints those of documents; the other is of the file of a run"),
    "worker": ("cli cluster", "the command, and who does the work"),
    "webhook": ("tickets/trackers watch/sinks", "one signed POST: of a ticket, and of an alert"),
}


def places_by_name(files):
    places = defaultdict(set)
    for file in files:
        if file.stem not in {"__init__", "__main__"}:
            places[file.stem].add(file.parent.as_posix())
    return {name: found for name, found in places.items() if len(found) > 1}


def after_a_product(place):
    return any(place == room or place.startswith(f"{room}/") for room in NAMED_AFTER_PRODUCTS)


def unexplained(files):
    """Yield the names that several modules share without a reason."""
    for name, places in places_by_name(files).items():
        explained = set(REASONS[name][0].split()) if name in REASONS else set()
        if not (places <= explained or all(map(after_a_product, places))):
            yield f"{name}.py in {', '.join(sorted(places))}"


SHARED = places_by_name(file.relative_to(SCANNER) for file in SCANNER.rglob("*.py"))


def test_no_two_modules_share_a_name_without_a_reason():
    assert not list(unexplained(file.relative_to(SCANNER) for file in SCANNER.rglob("*.py"))), (
        "find a name that says more, or give the reason in REASONS"
    )


@pytest.mark.parametrize(
    "places",
    ["net/rounds.py sweep/connect/rounds.py", "wire/redis.py net/redis.py", "core/plan.py targets/plan.py net/plan.py"],
)
def test_a_name_that_is_shared_anew_is_found(places):
    assert list(unexplained(map(Path, places.split())))


@pytest.mark.parametrize("places", ["wire/redis.py services/datastores/redis.py", "core/__init__.py net/__init__.py"])
def test_rooms_of_products_and_packages_are_left_alone(places):
    assert not list(unexplained(map(Path, places.split())))


@pytest.mark.parametrize("name", REASONS)
def test_a_reason_is_given_only_for_a_name_that_is_shared(name):
    places, reason = REASONS[name]
    assert set(places.split()) == SHARED.get(name), "no longer so: take it from REASONS"
    assert reason
