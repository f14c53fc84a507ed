"""Kinds of problems say themselves what they mean for a run."""

import pytest

from scanner.core.problem import Effect, ProblemKind


@pytest.mark.parametrize(
    ("kind", "gap", "lost", "advice"),
    [
        (ProblemKind.STAGE_CRASHED, True, False, False),
        (ProblemKind.PROBE_CRASHED, True, False, False),
        (ProblemKind.PROBE_OVERSTEPPED, True, False, False),
        (ProblemKind.TARGET_SILENT, True, False, False),
        (ProblemKind.NAME_NOT_RESOLVED, True, True, False),
        (ProblemKind.ANSWERS_LOST, False, False, False),
        (ProblemKind.ACCEPTANCE_EXPIRED, False, False, True),
    ],
)
def test_a_kind_says_what_it_means_for_the_run(kind, gap, lost, advice):
    assert (kind.leaves_gap, kind.loses_target, kind.advises) == (gap, lost, advice)


def test_a_kind_is_its_word():
    assert ProblemKind("stage-crashed") is ProblemKind.STAGE_CRASHED
    assert f"{ProblemKind.STAGE_CRASHED}" == ProblemKind.STAGE_CRASHED.value == "stage-crashed"


def test_kinds_without_an_effect_are_told_apart_from_one_another():
    assert len(ProblemKind) == len({kind.value for kind in ProblemKind})
    assert {kind.effect for kind in ProblemKind} == set(Effect)
