"""What a tracker answered: its body, its next page, whether it refused, and how long it asks to wait."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urljoin, urlsplit

from scanner.core.errors import Malformed, ScannerError
from scanner.core.jsontext import Json, parse_json
from scanner.core.number import parse_number
from scanner.core.text import clean

# A comma may stand inside a link as well as between two.
_LINK = re.compile(r"<([^>]*)>([^<]*)")
_FIRST_PAUSE_S = 1.0
_MOST_PAUSE_S = 30.0
_SECONDARY_PAUSE_S = 60.0


class TrackerError(ScannerError):
    """The tracker can't be reached, or it does not talk as documented; the run ends."""


class Denied(TrackerError):
    """The tracker refuses the credentials, or what they want to do."""


class Rejected(ScannerError):
    """The tracker refused one request as wrong; other tickets may still go through."""

    def __init__(self, message: str, status: int) -> None:
        self.status = status
        super().__init__(message)


class Doubtful(ScannerError):
    """A write may have been done or not: look before trying again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a tracker, read whole."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = field(repr=False)
    url: str = ""

    def json(self) -> Json:
        """Return the body as JSON; raises TrackerError for anything else."""
        try:
            return parse_json(self.body, len(self.body)) if self.body else None
        except Malformed as error:
            raise TrackerError(f"{self.url} answered something that is not JSON: check the url") from error

    def next_link(self) -> str | None:
        """Return the path of the next page from the Link header (RFC 8288), None on the last page.

        A tracker behind a proxy may name another host there, the one that it believes to be. Nothing is asked of that
        one: its page is asked for at the path of this one, since a list that ends too early opens tickets twice.
        """
        for target, parameters in _LINK.findall(self.headers.get("link", "")):
            if 'rel="next"' in parameters.replace(" ", "").replace("'", '"'):
                link = urlsplit(urljoin(self.url, target))
                here = urlsplit(self.url)
                return f"{link.path if origin(link) == origin(here) else here.path}?{link.query}"
        return None


def checked(answer: Answer) -> Answer:
    """Return an answer that is none of a refusal; raises Denied, Doubtful or Rejected."""
    if answer.status < 400:
        return answer
    words = f"{answer.url} answered {answer.status}"
    said = clean(answer.body[:400], 200)
    if answer.status in {401, 403, 407}:
        raise Denied(f"{words}: check the credentials and what they permit ({said})")
    if answer.status >= 500:
        raise Doubtful(f"{words} ({said})")
    raise Rejected(f"{words}: {said}", answer.status)


def asked_wait_s(answer: Answer, now: str, attempt: int) -> float | None:
    """Return the seconds that a refusal asks to wait, None when it is no refusal for haste."""
    retry_after = answer.headers.get("retry-after", "").strip()
    spent = answer.headers.get("x-ratelimit-remaining", "").strip() == "0"
    # GitHub's second limit comes as 403, now and then without any header, and wants a minute (docs.github.com, "Rate
    # limits for the REST API").
    secondary = answer.status == 403 and b"secondary rate limit" in answer.body.lower()
    if answer.status != 429 and not (answer.status == 403 and (retry_after or spent or secondary)):
        return None
    if (asked_s := parse_number(retry_after)) is not None:
        return float(asked_s)
    wait_s = _wait_until(answer, retry_after, now)
    if wait_s is not None:
        return wait_s
    return _SECONDARY_PAUSE_S if secondary else _backoff_s(attempt)


def _wait_until(answer: Answer, retry_after: str, now: str) -> float | None:
    moment = datetime.fromisoformat(now).timestamp()
    if retry_after:
        try:
            return max(0.0, parsedate_to_datetime(retry_after).astimezone(UTC).timestamp() - moment)
        except (ValueError, TypeError):
            pass
    reset = answer.headers.get("x-ratelimit-reset", answer.headers.get("ratelimit-reset", "")).strip()
    if (reset_s := parse_number(reset)) is not None:
        return max(0.0, reset_s - moment)
    return None


def _backoff_s(attempt: int) -> float:
    return min(_FIRST_PAUSE_S * float(2**attempt), _MOST_PAUSE_S)


def origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    """Return what must be the same for credentials to go there: scheme, host and port."""
    port = url.port or {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.hostname, port
