"""HTTP reads that several services share: those whose failure costs only their own answer."""

import re
from collections.abc import Mapping

from scanner.core.errors import NotAllowed, TalkError
from scanner.core.jsontext import Json, as_object
from scanner.core.quirk import Cut
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.unheard import Unheard, reason_of_cut, reason_of_status

OK = 200
_REDIRECTS = {301, 302, 303, 307, 308}
_SIGN_IN = re.compile(
    r"(?:^|[/._-])(?:log[-_]?[io]n|sign[-_]?[io]n|o?auth2?|authn|authori[sz]e|authenticate|sso|saml2?|openid|openid-connect|"
    r"unauthori[sz]ed|accounts?|session/new|users/sign_in)(?:$|[/._#;-])",
    re.IGNORECASE,
)
"""Names of pages and of hosts on which people sign in."""
_PASSWORD = re.compile(rb"<input\b[^>]{0,300}\btype\s*=\s*[\"']?password\b", re.IGNORECASE)
_FORM_BYTES = 65_536


async def get_or_none(talk: HttpTalk, path: str, *, headers: dict[str, str] | None = None) -> HttpAnswer | None:
    """GET a path after the endpoint has proven to speak HTTP; None when this one answer does not come."""
    try:
        return await talk.get(path, headers=headers)
    except NotAllowed:
        raise
    except TalkError:
        return None


def object_of(answer: HttpAnswer | None, status: int = OK) -> dict[str, Json]:
    """Return the JSON object of an answer with that status, else an empty one."""
    return as_object(answer.json_or_none()) if answer is not None and answer.status == status else {}


def shown(answer: HttpAnswer | None) -> str:
    """Return how an answer reads in a proof that shows no content."""
    return "no answer" if answer is None else str(answer.status)


def unproven(answer: HttpAnswer | None, what: str) -> str:
    """Return why an answer that should have shown something proves nothing, for a note."""
    if answer is None:
        return f"the question for {what} was not answered"
    if answer.cut is not None:
        return f"the answer with {what} broke off ({_CUTS[answer.cut]}), which proves neither access nor protection"
    if answer.filtered_by is not None:
        return f"{answer.filtered_by} answers the question for {what} in place of the server ({answer.status})"
    if (reason := reason_of_status(answer.status)) is Unheard.UNDECIDED:
        return f"the question for {what} was answered with {answer.status}, which proves neither access nor protection"
    if reason is not None:
        return f"the question for {what} was put off ({answer.status}), which is not a refusal"
    return f"it neither showed nor refused {what}"


def denied(answer: HttpAnswer | None) -> bool:
    """Tell whether a stranger is turned away: refused, led to a page for signing in, or asked for a password."""
    if answer is None or answer.filtered_by is not None:
        return False
    if answer.status in _REDIRECTS:
        return _SIGN_IN.search(answer.header("location").partition("?")[0]) is not None
    return answer.refused or (answer.status == OK and _PASSWORD.search(answer.body[:_FORM_BYTES]) is not None)


def undecided_in(answer: HttpAnswer | None) -> Unheard | None:
    """Return why the answer to the question that proves access decides nothing; None for a denial, and for no answer.

    A product that is known and has nothing where its proof should be is of another version, or behind rules on paths:
    what else it shows to strangers nobody has seen.
    """
    return None if answer is None or denied(answer) else unheard_in(answer) or Unheard.UNDECIDED


def unheard_in(answer: HttpAnswer | None) -> Unheard | None:
    """Return why an answer that should have proven access decides nothing: "not now", cut off, or garbled.

    What calls itself JSON, or begins like it, and can't be read as such was an answer that nobody has understood.
    """
    if answer is None:
        return None
    if answer.filtered_by is not None:
        return Unheard.REFUSED_LATER
    if (not_now := reason_of_status(answer.status)) is not None:
        return not_now
    if answer.cut is not None:
        return reason_of_cut(answer.cut)
    return Unheard.MALFORMED if answer.status == OK and _is_garbled(answer) else None


def _is_garbled(answer: HttpAnswer) -> bool:
    start = answer.body.lstrip()[:1]
    told = bool(start) and (start in {b"{", b"["} or "json" in answer.header("content-type").lower())
    return told and not answer.is_whole_json


_CUTS: Mapping[Cut, str] = {
    Cut.SIZE: "longer than what is read",
    Cut.TIME: "the rest did not come in time",
    Cut.CLOSED: "closed before its end",
    Cut.BROKEN: "unreadable from there on",
}
