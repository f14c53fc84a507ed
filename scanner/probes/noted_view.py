"""A probe's window on HTTP that notes what the probe never got to read: missing answers, cut ones, "not now"."""

from dataclasses import dataclass

from scanner.core.errors import NotAllowed, TalkError
from scanner.core.sends import Verb
from scanner.core.talk import HttpAnswer
from scanner.core.unheard import Unheard, reason_of
from scanner.net.http_view import HttpView
from scanner.probes.http_check import CONTROL_PATH
from scanner.wire.reading import unheard_in

_SUCCESS = {200, 204, 205}
_FRONT = "/"


@dataclass(slots=True)
class NotedView(HttpView):
    """scanner.net.http_view.HttpView with a note; a probe may make do without an answer, the verdict may not."""

    missing: Unheard | None = None
    """Why the last question that was not answered in full was not; None when all were."""
    beside_refusal: Unheard | None = None
    """The same, of all but the front page: a proxy without backends says "not now" there, and guards its own pages."""
    answers: int = 0
    empty: int = 0
    """How many of the answers were nothing at all."""

    async def _ask(
        self, verb: Verb, path: str, headers: dict[str, str] | None, host: str | None, body: bytes = b""
    ) -> HttpAnswer:
        try:
            answer = await HttpView._ask(self, verb, path, headers, host, body)  # noqa: SLF001 - its own base class
        except NotAllowed:
            raise
        except TalkError as error:
            self._miss(path, reason_of(error))
            raise
        if path == CONTROL_PATH:
            # What is said of a page that can't exist costs no proof.
            return answer
        self.answers += 1
        self.empty += verb is not Verb.HEAD and answer.status in _SUCCESS and not answer.body
        self._miss(path, unheard_in(answer))
        return answer

    def _miss(self, path: str, reason: Unheard | None) -> None:
        self.missing = reason or self.missing
        self.beside_refusal = (reason if path != _FRONT else None) or self.beside_refusal

    @property
    def unheard(self) -> Unheard | None:
        """Why a product at home that did not recognise itself was not heard: nothing but empty answers is no no."""
        nothing = self.answers > 0 and self.empty == self.answers
        return Unheard.MALFORMED if self.missing is None and nothing else self.missing
