"""The Prometheus text exposition format, as far as names and labels go.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import re
from collections.abc import Iterator

from scanner.core.number import parse_real

_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.){0,300})"')
_VALUE = re.compile(rb"(?:\{[^\n]{0,2000}\})? ([-+0-9.eE]+)")
_NAME = re.compile(rb"^([a-zA-Z_:][a-zA-Z0-9_:]{0,200})(?=[{ ])", re.MULTILINE)


def metric_names(body: bytes) -> frozenset[str]:
    """Return the names of the samples that a page holds."""
    return frozenset(name.decode() for name in _NAME.findall(body))


def labels_of(body: bytes, metric: str) -> dict[str, str]:
    """Return the labels of the first sample of a metric, empty when there is none."""
    line = next(_samples(body, metric.encode() + b"{"), b"")
    return dict(_LABEL.findall(line.decode("utf-8", "replace")))


def value_of(body: bytes, metric: str) -> float | None:
    """Return the value of the first sample of a metric, labelled or not; None when there is none."""
    lines = _samples(body, metric.encode())
    found = next(filter(None, (_VALUE.match(line, len(metric)) for line in lines)), None)
    return parse_real(found[1]) if found else None


def _samples(body: bytes, start: bytes) -> Iterator[bytes]:
    """Yield the lines that begin so, without taking a page of a quarter of a million lines apart."""
    page = b"\n" + body
    at = page.find(b"\n" + start)
    while at >= 0:
        end = page.find(b"\n", at + 1)
        yield page[at + 1 : end if end >= 0 else len(page)]
        at = page.find(b"\n" + start, at + 1)
