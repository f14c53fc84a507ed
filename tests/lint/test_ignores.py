from datetime import date
from types import SimpleNamespace

import pytest

from scanner.core.finding import Anchor, FindingState
from scanner.core.problem import ProblemKind
from scanner.lint.find import Found
from scanner.lint.findings import report_of
from scanner.lint.ignores import read_ignores
from scanner.lint.reader import Source
from scanner.lint.readers.compose import READER

NOW = "2026-11-28T00:00:00Z"


def judged(tmp_path, comment, above=False):
    lines = ["services:", "  a:", "    image: redis", "    ports:"]
    lines += [f"      {comment}", "      - 6379:6379"] if above else [f"      - 6379:6379 {comment}"]
    file = tmp_path / "compose.yaml"
    file.write_text("\n".join(lines))
    text = file.read_text()
    source = Source(path=file, text=text, shown=str(file), root=tmp_path, environment={})
    read = READER.read(source)
    report = report_of(Found(read.predictions, read.problems, read_ignores(text, str(file)), 1), {}, NOW)
    (finding,) = report.findings
    return finding, [problem.kind for problem in report.problems]


@pytest.mark.parametrize("above", [True, False])
@pytest.mark.parametrize("rule", ["redis-no-password", "*"])
def test_a_comment_with_a_reason_accepts_the_finding(tmp_path, rule, above):
    finding, problems = judged(tmp_path, f"# exposure: ignore[{rule}] lab network until=2026-12-31", above)
    assert (finding.state, finding.accepted_reason, problems) == (FindingState.ACCEPTED, "lab network", [])


@pytest.mark.parametrize(
    ("comment", "kinds"),
    [
        ("# exposure: ignore[redis-no-password]", [ProblemKind.IGNORE_WITHOUT_REASON]),
        ("# exposure: ignore[redis-no-password] x until=soon", [ProblemKind.IGNORE_WITHOUT_REASON]),
        ("# exposure: ignore[redis-no-password] x until=2026-11-27", [ProblemKind.IGNORE_EXPIRED]),
        ("# exposure: ignore[mongodb-no-auth] x", [ProblemKind.IGNORE_UNUSED]),
        ("# nothing", []),
    ],
)
def test_a_comment_that_can_not_count_is_a_problem_and_the_finding_stays(tmp_path, comment, kinds):
    finding, problems = judged(tmp_path, comment)
    assert (finding.state, problems) == (FindingState.NEW, kinds)


def test_the_notation_of_other_files():
    texts = "// exposure: ignore[a] x\n; exposure: ignore[b] y\nexposure: ignore[c] z\n"
    assert [(one.line, one.rule) for one in read_ignores(texts, "f")] == [(1, "a"), (2, "b")]
    (ignore, _) = read_ignores(texts, "f")
    assert ignore.covers(SimpleNamespace(anchor=Anchor(file="f", line=2), rule="a"))
    assert not ignore.covers(SimpleNamespace(anchor=Anchor(file="g", line=2), rule="a"))
    assert ignore.until is None or ignore.until > date.min
