"""Lives by hand: what happened, in words, from facts in a row."""

import pytest

from scanner.core.finding import Severity
from scanner.history.store.life import Fact, Kind, Shows, after, live


def facts(words):
    """Read `seen gone@dmz unheard`: one look a day."""
    for day, word in enumerate(words.split(), start=1):
        name, _, place = word.partition("@")
        kind, _, severity = name.partition("/")
        accepted = kind == "accepted"
        yield Fact(
            f"2026-11-{day:02}T00:00:00Z",
            Kind.SEEN if accepted else Kind[kind.upper()],
            place,
            Severity[severity.upper()] if severity else Severity.HIGH,
            "Redis" if accepted or kind == "seen" else f"why {day}",
            accepted,
        )


def turns(words):
    return " ".join(f"{event.turn.value}:{event.at[8:10]}" for event in live(facts(words))[1])


@pytest.mark.parametrize(
    ("looks", "happened", "shows"),
    [
        ("seen", "new:01", Shows.OPEN),
        ("seen seen seen", "new:01", Shows.OPEN),
        ("seen gone", "new:01 gone:02", Shows.GONE),
        ("seen gone gone seen gone", "new:01 gone:02 back:04 gone:05", Shows.GONE),
        ("seen unheard unheard", "new:01 inconclusive:02", Shows.INCONCLUSIVE),
        ("seen unheard seen unheard", "new:01 inconclusive:02 inconclusive:04", Shows.INCONCLUSIVE),
        ("seen unheard gone", "new:01 inconclusive:02 gone:03", Shows.GONE),
        ("seen gone unheard", "new:01 gone:02", Shows.GONE),
        ("gone seen", "new:02", Shows.OPEN),
        ("seen seen/critical", "new:01 changed:02", Shows.OPEN),
        ("seen accepted accepted seen", "new:01 accepted:02 lapsed:04", Shows.OPEN),
        ("accepted", "new:01 accepted:01", Shows.OPEN),
        # Several places: gone from all of them, or not at all.
        ("seen@a seen@b gone@a", "new:01", Shows.OPEN),
        ("seen@a seen@b gone@a gone@b", "new:01 gone:04", Shows.GONE),
        ("seen@a gone@b", "new:01", Shows.OPEN),
        ("seen@a seen@b gone@a unheard@b", "new:01 inconclusive:04", Shows.INCONCLUSIVE),
        ("seen@a seen@b unheard@a", "new:01", Shows.OPEN),
        ("seen@a seen@b unheard@a gone@b", "new:01 inconclusive:04", Shows.INCONCLUSIVE),
        ("seen@a seen@b unheard@a unheard@b gone@b", "new:01 inconclusive:04", Shows.INCONCLUSIVE),
        ("seen@a seen@b gone@a gone@b seen@a", "new:01 gone:04 back:05", Shows.OPEN),
        ("seen@a seen@b gone@a gone@b seen@a gone@a", "new:01 gone:04 back:05 gone:06", Shows.GONE),
    ],
)
def test_what_happened(looks, happened, shows):
    life, _ = live(facts(looks))
    assert (turns(looks), life.shows) == (happened, shows)


def test_a_life_knows_since_when_and_why():
    life, _ = live(facts("seen seen gone seen unheard"))
    assert (life.first_seen[8:10], life.last_seen[8:10], life.opened_at[8:10]) == ("01", "04", "04")
    assert (life.reopened, life.gone_at, life.why) == (1, None, "why 5")
    gone, _ = live(facts("seen gone"))
    assert (gone.gone_at[8:10], gone.why) == ("02", "why 2")


def test_nothing_is_known_before_the_first_sight():
    assert live(facts("gone unheard")) == (None, [])
    assert after(None, next(iter(facts("gone")))) == (None, [])


def test_a_change_tells_both_severities():
    _, events = live(facts("seen/high seen/critical"))
    assert (events[1].detail, events[1].severity, events[1].was) == (
        "high is now critical", Severity.CRITICAL, Severity.HIGH,
    )  # fmt: skip
