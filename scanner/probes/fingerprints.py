"""Routes an unknown HTTP port by one answer: whose fingerprints does its front page fit?"""

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.core.jsontext import as_object
from scanner.core.probe import Fingerprint, Probe
from scanner.core.talk import HttpAnswer


@dataclass(frozen=True, slots=True)
class Front:
    """A front page, read once for the fingerprints of a hundred products."""

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


def marked(probes: Sequence[Probe], answer: HttpAnswer, *, wordless: bool = False) -> list[Probe]:
    """Return the probes whose fingerprints an answer to `GET /` fits, the most telling one first.

    `wordless`: words count only where the status that they come with is told too.
    """
    front = Front.of(answer)
    weighed = [(weight(probe, front, wordless=wordless), probe) for probe in probes if probe.fingerprints]
    found = [(points, probe) for points, probe in weighed if points]
    return [probe for _, probe in sorted(found, key=lambda pair: -pair[0])]


def weight(probe: Probe, front: Front, *, wordless: bool = False) -> int:
    """Return how telling the best fingerprint is that a front page fits, 0 for none: a status alone says little."""
    best = 0
    for fingerprint in probe.fingerprints:
        if fits(front, fingerprint) and not (wordless and fingerprint.status is None and fingerprint.header is None):
            best = max(best, _weight(fingerprint))
    return best


def fits(front: Front, fingerprint: Fingerprint) -> bool:
    """Tell whether a front page fits every field that is set in a fingerprint."""
    if fingerprint.status is not None and front.status != fingerprint.status:
        return False
    if fingerprint.header is not None and not _has_header(front, *fingerprint.header):
        return False
    if fingerprint.title is not None and fingerprint.title.lower() not in front.title:
        return False
    if fingerprint.json_key is not None and fingerprint.json_key not in front.keys:
        return False
    return fingerprint.body is None or (fingerprint.body.encode() in front.body if fingerprint.body else not front.body)


def _has_header(front: Front, name: str, contained: str) -> bool:
    value = front.headers.get(name.lower())
    return value is not None and contained.lower() in value


def _weight(fingerprint: Fingerprint) -> int:
    fields = (
        (fingerprint.header, 4),
        (fingerprint.title, 4),
        (fingerprint.body, 3),
        (fingerprint.json_key, 3),
        (fingerprint.status, 1),
    )
    return sum(points for value, points in fields if value is not None)
