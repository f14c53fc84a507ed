"""Routes an unknown HTTP port by one answer: which services' marks does its front page bear?"""

from collections.abc import Sequence

from scanner.core.probe import Probe, Sign
from scanner.core.talk import HttpAnswer


def marked(probes: Sequence[Probe], answer: HttpAnswer) -> list[Probe]:
    """Return the probes whose signs an answer to `GET /` bears, the most telling mark first."""
    weights = {probe.id: weight(probe, answer) for probe in probes}
    found = [probe for probe in probes if weights[probe.id] > 0]
    return sorted(found, key=lambda probe: -weights[probe.id])


def weight(probe: Probe, answer: HttpAnswer) -> int:
    """Return how telling the best sign is that an answer bears, 0 for none: a status alone says little."""
    return max((_weight(sign) for sign in probe.signs if bears(answer, sign)), default=0)


def bears(answer: HttpAnswer, sign: Sign) -> bool:
    """Tell whether an answer fits every field that is set in a sign."""
    return (
        (sign.status is None or answer.status == sign.status)
        and (sign.header is None or _has_header(answer, *sign.header))
        and (sign.title is None or sign.title.lower() in answer.title.lower())
        and (sign.body is None or answer.has(sign.body))
        and (sign.json_key is None or _has_key(answer, sign.json_key))
    )


def _has_header(answer: HttpAnswer, name: str, contained: str) -> bool:
    values = [value for key, value in answer.headers if key == name.lower()]
    return any(contained.lower() in value.lower() for value in values)


def _has_key(answer: HttpAnswer, key: str) -> bool:
    value = answer.json_or_none()
    return isinstance(value, dict) and key in value


def _weight(sign: Sign) -> int:
    fields = ((sign.header, 4), (sign.title, 4), (sign.body, 3), (sign.json_key, 3), (sign.status, 1))
    return sum(points for value, points in fields if value is not None)
