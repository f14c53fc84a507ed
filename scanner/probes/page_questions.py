"""What identification itself asks a web port: the icon, a path that can't exist, and the proof a second time."""

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.core.errors import TalkError
from scanner.core.sends import Send, Verb, get
from scanner.core.talk import HttpAnswer
from scanner.net.guard import Guard
from scanner.net.http import Request
from scanner.net.http_view import HttpView
from scanner.probes.conversation import Conversation
from scanner.probes.http_check import CONTROL_PATH
from scanner.probes.icon import ICON_SENDS, icon_hash, icon_path
from scanner.probes.likeness import same_kind
from scanner.probes.redirect import LANDING_SENDS, landing_path

_MOST_HOPS = 3


async def control_answer(conversation: Conversation) -> HttpAnswer | None:
    """Return the answer to a path that can't exist, None when there is none."""
    return await _get(conversation, CONTROL_PATH, (get(CONTROL_PATH),))


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a front page leads to."""

    path: str
    pages: Sequence[HttpAnswer]
    """The pages on the way, at least one; the last is at the path."""


async def landing_pages(conversation: Conversation, front: HttpAnswer) -> Landing | None:
    """Return where a front page leads to and the pages on the way there, at most three; None for nowhere.

    Only what is on this very endpoint is followed.
    """
    endpoint = conversation.exchanges.endpoint
    path = landing_path(front, endpoint)
    pages: dict[str, HttpAnswer] = {}
    while path is not None and path not in pages and len(pages) < _MOST_HOPS and not conversation.over:
        page = await _get(conversation, path, LANDING_SENDS)
        if page is None:
            break
        pages[path] = page
        path = landing_path(page, endpoint, path)
    return Landing([*pages][-1], [*pages.values()]) if pages else None


async def shown_icon(conversation: Conversation, front: HttpAnswer) -> int | None:
    """Return the hash of the icon that belongs to a front page, None when there is none to be had."""
    path = icon_path(front, conversation.exchanges.endpoint)
    if path is None or conversation.over:
        return None
    conversation.icon_asked = path
    answer = await _get(conversation, path, ICON_SENDS)
    return icon_hash(answer, front) if answer is not None else None


def front_answer(conversation: Conversation) -> HttpAnswer | None:
    """Return the answer to `GET /` below the base path, if that was asked."""
    return conversation.exchanges.answers.get(Request(Verb.GET, f"{conversation.exchanges.endpoint.base_path}/"))


def proof_exchanges(conversation: Conversation) -> list[tuple[Request, HttpAnswer]]:
    """Return what was asked and answered below the front page for the proof; all of it where it names nothing.

    What other probes asked before says nothing: many products give their start page for any path they don't know.
    """
    base = conversation.exchanges.endpoint.base_path
    own = {f"{base}/", f"{base}{CONTROL_PATH}", f"{base}{conversation.icon_asked}"}
    below = {
        request.path.removeprefix(base): (request, answer)
        for request, answer in conversation.exchanges.answers.items()
        if request.verb is Verb.GET and request.path not in own
    }
    facts = conversation.seen.facts
    proof = facts.proof if facts is not None else ()
    named = [below[path] for path in (one.sent.partition(" ")[2] for one in proof) if path in below]
    return named or list(below.values())


async def same_again(conversation: Conversation) -> bool:
    """Ask the last question of the proof once more; returns whether the answer is of the same kind."""
    asked = proof_exchanges(conversation)
    if not asked or conversation.now() >= conversation.end_s:
        return True
    request, answer = asked[-1]
    conversation.exchanges.budget = conversation.own_budget()
    conversation.count(1)
    try:
        return same_kind(answer, await conversation.exchanges.again(request))
    except TalkError:
        # Silence contradicts nothing.
        return True


async def _get(conversation: Conversation, path: str, sends: Sequence[Send]) -> HttpAnswer | None:
    """Ask for a page on identification's own account."""
    view = HttpView(conversation.exchanges, Guard("identify", sends, conversation.endpoint))
    conversation.exchanges.budget = conversation.own_budget()
    conversation.count(1)
    try:
        return await view.get(path)
    except TalkError:
        return None
