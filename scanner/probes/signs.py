"""Routes an unknown HTTP port by one answer: which services' marks does its front page bear?"""

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.core.jsontext import as_object
from scanner.core.probe import Probe, Sign
from scanner.core.talk import HttpAnswer


@dataclass(frozen=True, slots=True)
class Front:
    """A front page, read once for the signs of a hundred products."""

    status: int
    title: str
    """In lower case; so are the headers."""
    headers: dict[str, str]
    keys: frozenset[str]
    """The keys of the JSON object that the body is."""
    body: bytes

    @classmethod
    def of(cls, answer: HttpAnswer) -> "Front":
        """Return what an answer to `GET /` shows."""
        headers: dict[str, str] = {}
        for name, value in answer.headers:
            headers[name] = f"{headers[name]}\n{value.lower()}" if name in headers else value.lower()
        keys = frozenset(as_object(answer.json_or_none()))
        return cls(answer.status, answer.title.lower(), headers, keys, answer.body)


def marked(probes: Sequence[Probe], answer: HttpAnswer) -> list[Probe]:
    """Return the probes whose signs an answer to `GET /` bears, the most telling mark first."""
    front = Front.of(answer)
    weighed = [(weight(probe, front), probe) for probe in probes if probe.signs]
    found = [(points, probe) for points, probe in weighed if points]
    return [probe for _, probe in sorted(found, key=lambda pair: -pair[0])]


def weight(probe: Probe, front: Front) -> int:
    """Return how telling the best sign is that a front page bears, 0 for none: a status alone says little."""
    best = 0
    for sign in probe.signs:
        if bears(front, sign):
            best = max(best, _weight(sign))
    return best


def bears(front: Front, sign: Sign) -> bool:
    """Tell whether a front page fits every field that is set in a sign."""
    if sign.status is not None and front.status != sign.status:
        return False
    if sign.header is not None and not _has_header(front, *sign.header):
        return False
    if sign.title is not None and sign.title.lower() not in front.title:
        return False
    if sign.json_key is not None and sign.json_key not in front.keys:
        return False
    return sign.body is None or (sign.body.encode() in front.body if sign.body else not front.body)


def _has_header(front: Front, name: str, contained: str) -> bool:
    value = front.headers.get(name.lower())
    return value is not None and contained.lower() in value


def _weight(sign: Sign) -> int:
    fields = ((sign.header, 4), (sign.title, 4), (sign.body, 3), (sign.json_key, 3), (sign.status, 1))
    return sum(points for value, points in fields if value is not None)
