"""The answers that stand in a check file: those of its examples, and of what its product says in other moods."""

from collections.abc import Mapping
from typing import Any

from scanner.core.talk import HttpAnswer


def written_answers(table: Mapping[str, Any]) -> dict[str, HttpAnswer]:
    """Return path -> answer of an example or a mood; a status that is not given is 200."""
    return {
        path: HttpAnswer(
            status=answer.get("status", 200),
            headers=tuple((name.lower(), value) for name, value in answer.get("headers", {}).items()),
            body=answer.get("body", "").encode(),
        )
        for path, answer in table.get("answers", {}).items()
    }
