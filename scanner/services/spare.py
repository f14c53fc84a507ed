"""Questions whose failure costs only their own answer: what was proven before them stands."""

from scanner.core.errors import NotAllowed, TalkError
from scanner.core.jsontext import Json, as_object
from scanner.core.talk import HttpAnswer, HttpTalk


async def get_or_none(talk: HttpTalk, path: str, *, headers: dict[str, str] | None = None) -> HttpAnswer | None:
    """GET a path; None when the peer did not answer."""
    try:
        return await talk.get(path, headers=headers)
    except NotAllowed:
        raise
    except TalkError:
        return None


def json_object(answer: HttpAnswer | None, status: int = 200) -> dict[str, Json]:
    """Return the JSON object that an answer with that status holds, else an empty one."""
    if answer is None or answer.status != status:
        return {}
    return as_object(answer.json_or_none())
