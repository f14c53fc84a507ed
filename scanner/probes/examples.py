"""Runs the examples that a TOML check carries: the check must say of each what its author says."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Access, Facts
from scanner.core.talk import HttpAnswer, TlsFacts
from scanner.probes.check_file import CheckFile
from scanner.probes.http_check import run_check
from scanner.probes.written_answers import written_answers

_NOT_FOUND = HttpAnswer(status=404, body=b"404 page not found")


@dataclass(slots=True)
class WrittenAnswers:
    """An HttpTalk whose answers stand in the check file; a path that is not there is a 404."""

    answers: Mapping[str, HttpAnswer]
    endpoint: Endpoint = Endpoint(IPv4Address("127.0.0.1"), 80)
    tls: TlsFacts | None = None
    scheme: str = "http"

    async def get(self, path: str, *, headers: dict[str, str] | None = None, host: str | None = None) -> HttpAnswer:
        """Return the written answer."""
        del headers, host
        return self.answers.get(path, _NOT_FOUND)

    async def head(self, path: str, *, headers: dict[str, str] | None = None) -> HttpAnswer:
        """Return the written answer."""
        del headers
        return self.answers.get(path, _NOT_FOUND)

    async def post_read(self, path: str, body: bytes, *, content_type: str = "") -> HttpAnswer:
        """Return the written answer."""
        del body, content_type
        return self.answers.get(path, _NOT_FOUND)


async def failing_examples(check: CheckFile) -> list[str]:
    """Return one line for each example whose verdict is not the written one."""
    lines = []
    for number, example in enumerate(check.table.get("example", []), 1):
        got = verdict(await run_check(check, WrittenAnswers(written_answers(example))))
        if got != example["verdict"]:
            lines.append(f"{check.file}: example {number} should be {example['verdict']!r} and is {got!r}")
    return lines


def verdict(facts: Facts | None) -> str:
    """Return the word for what a check found."""
    if facts is None:
        return "none"
    if facts.access is Access.UNKNOWN:
        return "identified"
    return "protected" if facts.access is Access.REFUSED else "exposed"
