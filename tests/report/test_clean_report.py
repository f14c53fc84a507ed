import json
import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from scanner.core.text import clean
from scanner.report.clean_report import DEPTH, LIMIT_CHARS, clean_report
from tests.report.samples import finding, report

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


def depth(value):
    if isinstance(value, dict | list):
        return 1 + max(map(depth, value.values() if isinstance(value, dict) else value), default=0)
    return 0


def test_what_is_clean_already_is_given_back_itself():
    clean_one = replace(report(), findings=())
    once = clean_report(clean_one)
    assert clean_report(once) == once
    assert clean_report(once.endpoints[0].tls) is once.endpoints[0].tls


def test_a_control_character_is_taken_out_wherever_it_stands():
    bad = "a\x1b[31mb"
    dirty = finding(
        title=bad,
        remedy=(bad,),
        evidence={bad: [bad, {"deep": bad}]},
        owner=bad,
        proof=((finding().proof[0])._replace(sent=bad),),
    )
    done = clean_report(report(dirty)).findings[0]
    written = json.dumps([done.title, done.remedy, done.evidence, done.owner, done.proof])
    assert "\\u001b" not in written
    assert written.count("[31mb") == 7
    assert done.title == clean(bad, LIMIT_CHARS)


def test_a_text_has_an_end():
    assert len(clean_report("x" * (LIMIT_CHARS + 1))) <= LIMIT_CHARS


@given(JSON)
def test_any_evidence_becomes_json_that_every_program_reads(value):
    done = clean_report({"a": value})
    json.dumps(done, allow_nan=False)


def test_numbers_without_a_value_and_endless_nesting_are_cut():
    value = leaf = {}
    for _ in range(100):
        leaf["a"] = leaf = {}
    assert depth(clean_report(value)) <= DEPTH + 1
    deep = []
    for _ in range(100):
        deep = [deep]
    assert depth(clean_report(deep)) <= DEPTH + 1
    assert clean_report([math.inf, -math.inf, math.nan, 1.5]) == [None, None, None, 1.5]
