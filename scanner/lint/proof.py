"""Prediction and proof, joined by the line that publishes the port; pure."""

from collections.abc import Iterable, Iterator

from scanner.core.finding import Anchor, Status
from scanner.core.guard import Guard
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import EndpointRow, ScanReport
from scanner.lint.prediction import Prediction


def held_against(predictions: Iterable[Prediction], report: ScanReport) -> Iterator[Problem]:
    """Yield what a scan says of predictions: confirmed, withdrawn (our rule is wrong there), and surprises."""
    rows = {(row.anchor, row.endpoint.port): row for row in report.endpoints if row.anchor is not None}
    predicted: set[tuple[Anchor, int]] = set()
    for one in predictions:
        row = rows.get((one.anchor, one.port))
        if one.guard is Guard.OPEN:
            predicted.add((one.anchor, one.port))
        if row is None:
            continue
        if one.guard is Guard.OPEN and row.status is Status.EXPOSED:
            yield _note(ProblemKind.PREDICTION_CONFIRMED, one, "predicted open, and proven exposed")
        elif one.guard is Guard.OPEN and row.status is Status.PROTECTED:
            yield _note(ProblemKind.PREDICTION_WITHDRAWN, one, "predicted open, and it refused us: the file misled us")
    for place, row in rows.items():
        if row.status is Status.EXPOSED and place not in predicted:
            yield _surprise(row)


def _note(kind: ProblemKind, one: Prediction, what: str) -> Problem:
    return Problem(kind, f"{one.anchor.file}:{one.anchor.line}", f"{one.name}: {one.service} on {one.port}: {what}")


def _surprise(row: EndpointRow) -> Problem:
    where = f"{row.anchor.file}:{row.anchor.line}" if row.anchor else str(row.endpoint)
    detail = f"{row.service or 'a service'} on {row.endpoint} is exposed, and nothing in the files foretold it"
    return Problem(ProblemKind.PREDICTION_SURPRISE, where, detail)
