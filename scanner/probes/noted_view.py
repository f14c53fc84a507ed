"""A probe's window on HTTP that notes what the probe never got to read: missing answers, cut ones, "not now"."""

from dataclasses import dataclass

from scanner.core.errors import NotAllowed, TalkError
from scanner.core.sends import Verb
from scanner.core.talk import HttpAnswer
from scanner.core.unheard import Unheard, reason_of, reason_of_cut, reason_of_status
from scanner.net.http_view import HttpView


@dataclass(slots=True)
class NotedView(HttpView):
    """scanner.net.http_view.HttpView with a note; a probe may make do without an answer, the verdict may not."""

    missing: Unheard | None = None
    """Why the last question that was not answered in full was not; None when all were."""

    async def _ask(
        self, verb: Verb, path: str, headers: dict[str, str] | None, host: str | None, body: bytes = b""
    ) -> HttpAnswer:
        try:
            answer = await HttpView._ask(self, verb, path, headers, host, body)  # noqa: SLF001 - its own base class
        except NotAllowed:
            raise
        except TalkError as error:
            self.missing = reason_of(error)
            raise
        if answer.cut is not None:
            self.missing = reason_of_cut(answer.cut)
        elif (not_now := reason_of_status(answer.status)) is not None:
            self.missing = not_now
        return answer
