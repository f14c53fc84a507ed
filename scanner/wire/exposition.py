"""The Prometheus text exposition format, as far as names and labels go.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import re

from scanner.core.number import parse_real

_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.){0,300})"')
_NAME = re.compile(rb"^([a-zA-Z_:][a-zA-Z0-9_:]{0,200})(?=[{ ])", re.MULTILINE)


def metric_names(body: bytes) -> frozenset[str]:
    """Return the names of the samples that a page holds."""
    return frozenset(name.decode() for name in _NAME.findall(body))


def labels_of(body: bytes, metric: str) -> dict[str, str]:
    """Return the labels of the first sample of a metric, empty when there is none."""
    for line in body.split(b"\n"):
        if line.startswith(metric.encode() + b"{"):
            return dict(_LABEL.findall(line.decode("utf-8", "replace")))
    return {}


def value_of(body: bytes, metric: str) -> float | None:
    """Return the value of the first sample of a metric, labelled or not; None when there is none."""
    found = re.search(rb"^" + re.escape(metric.encode()) + rb"(?:\{[^\n]{0,2000}\})? ([-+0-9.eE]+)", body, re.MULTILINE)
    return parse_real(found[1]) if found else None
