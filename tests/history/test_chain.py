"""An audit log proves itself: what is changed, removed, added or swapped is found."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.history.chain import FIRST, FORMAT, TOTALS, amounts, canonical, link, verify

SWEEP = {"kind": "sweep", "transport": "tcp", "attempt": 1, "count": 2, "sweep": {"80": ["10.0.0.1", "10.0.0.2"]}}
TALK = {"kind": "conversation", "to": "10.0.0.1", "port": 80, "bytes_out": 120, "bytes_in": 7, "outcome": "answered"}
ASKED = {"kind": "asked", "what": "reverse-dns", "count": 1, "of": ["10.0.0.1"]}


def log(*middle, end=True):
    """Return the lines of a log, in bytes."""
    fields = [{"kind": "start", "format": FORMAT, "started": "2026-01-01T00:00:00.000Z"}, *middle]
    if end:
        sums = {name: sum(amounts(one)[name] for one in middle) for name in TOTALS}
        fields.append({"kind": "end", "status": "complete", **sums})
    lines, chain = [], FIRST
    for one in fields:
        text, chain = link(one, chain)
        lines.append(text.encode() + b"\n")
    return lines


WHOLE = log(SWEEP, TALK, ASKED, TALK)


def test_a_whole_log_verifies_and_its_lines_are_counted():
    verdict = verify(WHOLE)
    assert (verdict.broken, verdict.status, verdict.lines) == (None, "complete", 6)
    assert [verdict.totals[name] for name in TOTALS] == [2, 2, 1, 240, 14]
    assert verdict.chain == json.loads(WHOLE[-1])["chain"]


def test_a_log_without_an_end_holds_and_has_no_status():
    verdict = verify(log(SWEEP, end=False))
    assert (verdict.broken, verdict.status) == (None, None)


def test_a_line_is_the_one_json_text_of_its_fields():
    assert canonical({"b": "ä\n", "a": [1, None, True]}) == '{"a":[1,null,true],"b":"\\u00e4\\n"}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": float("nan")})


@given(st.data())
def test_any_flipped_byte_is_found(data):
    whole = b"".join(WHOLE)
    place = data.draw(st.integers(0, len(whole) - 1))
    flip = data.draw(st.integers(1, 255))
    changed = whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :]
    assert verify(changed.splitlines(keepends=True)).broken is not None


@given(st.integers(0, len(WHOLE) - 2))
def test_a_removed_line_is_found(place):
    assert verify(WHOLE[:place] + WHOLE[place + 1 :]).broken is not None


@given(st.integers(0, len(WHOLE) - 2), st.integers(1, len(WHOLE) - 1))
def test_swapped_lines_are_found(first, distance):
    lines = list(WHOLE)
    second = min(first + distance, len(lines) - 1)
    lines[first], lines[second] = lines[second], lines[first]
    assert verify(lines).broken is not None


@given(st.integers(0, len(WHOLE)), st.sampled_from(WHOLE) | st.binary(max_size=40).map(lambda data: data + b"\n"))
def test_an_added_line_is_found(place, line):
    assert verify([*WHOLE[:place], line, *WHOLE[place:]]).broken is not None


@given(st.integers(0, len(WHOLE) - 1))
def test_what_is_cut_off_at_the_end_is_never_called_whole(place):
    verdict = verify(WHOLE[:place])
    assert verdict.broken is not None or verdict.status is None


def test_half_a_last_line_is_found():
    assert verify([*WHOLE[:-1], WHOLE[-1][:-1]]).broken == "line 6 does not follow from the lines before it"
    assert verify([*WHOLE[:-1], WHOLE[-1][:40]]).broken == "line 6 is not whole"


def test_totals_that_are_not_those_of_the_lines_are_found():
    lines, chain = list(log(SWEEP, end=False)), json.loads(log(SWEEP, end=False)[-1])["chain"]
    wrong = {"kind": "end", "status": "complete", **dict.fromkeys(TOTALS, 0), "attempts": 3}
    assert "totals" in verify([*lines, link(wrong, chain)[0].encode() + b"\n"]).broken


def test_another_format_is_said_to_be_unknown():
    line = link({"kind": "start", "format": "exposure-scanner/audit/v9"}, FIRST)[0].encode() + b"\n"
    assert "exposure-scanner/audit/v9" in verify([line]).broken
    assert verify([]).broken == "there is no first line"
