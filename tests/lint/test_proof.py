from ipaddress import ip_address

from scanner.core.endpoint import Endpoint
from scanner.core.finding import Anchor, Status
from scanner.core.guard import Guard
from scanner.core.problem import ProblemKind
from scanner.core.report import EndpointRow
from scanner.lint.prediction import LintReach, Prediction
from scanner.lint.proof import held_against
from tests.support.lint import report_with

LINE = Anchor(file="compose.yaml", line=4)


def prediction(guard):
    return Prediction(
        name="a",
        service="redis",
        address="0.0.0.0",
        port=6379,
        reach=LintReach.WILDCARD,
        guard=guard,
        why="w",
        anchor=LINE,
    )


def kinds(guard, status):
    row = EndpointRow(endpoint=Endpoint(ip_address("127.0.0.1"), 6379), status=status, service="redis", anchor=LINE)
    return [problem.kind for problem in held_against([prediction(guard)], report_with(row))]


def test_prediction_and_proof_are_joined_by_the_line():
    assert kinds(Guard.OPEN, Status.EXPOSED) == [ProblemKind.PREDICTION_CONFIRMED]
    assert kinds(Guard.OPEN, Status.PROTECTED) == [ProblemKind.PREDICTION_WITHDRAWN]
    assert kinds(Guard.OPEN, Status.OPEN) == []
    assert kinds(Guard.CLOSED, Status.EXPOSED) == [ProblemKind.PREDICTION_SURPRISE]
    assert kinds(Guard.UNKNOWN, Status.EXPOSED) == [ProblemKind.PREDICTION_SURPRISE]
    assert kinds(Guard.CLOSED, Status.PROTECTED) == []
