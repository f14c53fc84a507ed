"""Routes an unknown HTTP port by one answer: whose fingerprints does its front page fit?"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import AnyStr

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


@dataclass(frozen=True, slots=True)
class _Mark:
    """One fingerprint of the probe at a place of the catalogue."""

    place: int
    fingerprint: Fingerprint
    weight: int
    told: bool
    """Whether a status or a header is told too, not words alone."""


class FingerprintIndex:
    """Fingerprints by the rarest thing that they ask for: a front page is held against those alone that have it."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        self._by_key: defaultdict[str, list[_Mark]] = defaultdict(list)
        self._by_header: defaultdict[str, defaultdict[str, list[_Mark]]] = defaultdict(lambda: defaultdict(list))
        self._by_title: defaultdict[str, list[_Mark]] = defaultdict(list)
        self._by_status: defaultdict[int, list[_Mark]] = defaultdict(list)
        self._by_body: defaultdict[bytes, list[_Mark]] = defaultdict(list)
        for place, probe in enumerate(probes):
            for one in probe.fingerprints:
                told = one.status is not None or one.header is not None
                self._put(_Mark(place, one, _weight(one), told))

    def marked(self, answer: HttpAnswer, *, wordless: bool = False) -> list[int]:
        """Return the places of the probes whose fingerprints an answer fits, the most telling one first.

        `wordless`: words count only where the status or a header that they come with is told too.
        """
        front = Front.of(answer)
        points: dict[int, int] = {}
        for mark in self._possible(front):
            better = mark.weight > points.get(mark.place, 0)
            if better and (mark.told or not wordless) and fits(front, mark.fingerprint):
                points[mark.place] = mark.weight
        return sorted(points, key=lambda place: (-points[place], place))

    def _put(self, mark: _Mark) -> None:
        one = mark.fingerprint
        if one.json_key is not None:
            self._by_key[one.json_key].append(mark)
        elif one.header is not None:
            self._by_header[one.header[0].lower()][one.header[1].lower()].append(mark)
        elif one.title is not None:
            self._by_title[one.title.lower()].append(mark)
        elif one.status is not None:
            self._by_status[one.status].append(mark)
        elif one.body is not None:
            self._by_body[one.body.encode()].append(mark)

    def _possible(self, front: Front) -> Iterator[_Mark]:
        for key in front.keys & self._by_key.keys():
            yield from self._by_key[key]
        for name in front.headers.keys() & self._by_header.keys():
            yield from _contained(self._by_header[name], front.headers[name])
        if front.title:
            yield from _contained(self._by_title, front.title)
        yield from self._by_status.get(front.status, ())
        yield from _contained(self._by_body, front.body)


def _contained(marks: Mapping[AnyStr, list[_Mark]], text: AnyStr) -> Iterator[_Mark]:
    for words, those in marks.items():
        if words in text:
            yield from those


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
