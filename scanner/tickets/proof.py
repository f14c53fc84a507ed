"""What reports say of one endpoint now: the only grounds on which a ticket is closed."""

import ipaddress
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

from scanner.core.endpoint import Endpoint
from scanner.core.errors import UsageError
from scanner.core.finding import Status
from scanner.core.ports import LAST_PORT, Transport
from scanner.core.report import EndpointRow, Run, ScanReport
from scanner.core.space import Space
from scanner.core.text import clean
from scanner.findings.run_coverage import in_space, planned_space

PATH_MARK = "|"
"""Parts the port from the path in a place."""
_TARGET = re.compile(r"[0-9A-Za-z.:%_\[\]-]+")


def place_of(endpoint: Endpoint) -> str:
    """Return how a ticket names an endpoint: `10.0.0.5:2375`, with the path of the target's URL where it had one."""
    return f"{endpoint}{PATH_MARK}{endpoint.base_path}" if endpoint.base_path else str(endpoint)


def target_of(place: str) -> str:
    """Return a place as a target of a scan; empty for one that no target can pin (UDP) or that is none.

    Places come back from tickets, which people and others write: nothing but an address and a port may pass.
    """
    endpoint = _endpoint(place)
    if endpoint is None or endpoint.transport is Transport.UDP or not 1 <= endpoint.port <= LAST_PORT:
        return ""
    target = str(endpoint)
    return target if _TARGET.fullmatch(target) else ""


class Sight(IntEnum):
    """What was seen of an endpoint."""

    OUTSIDE = 0
    """No report was about it: tickets of another network in the same tracker."""
    UNSEEN = 1
    """Not looked at, or it stayed silent: a host that is down looks the same as one that was fixed."""
    ANSWERS = 2
    """It answers, and nothing shows that it asks for credentials."""
    EXPOSED = 3
    PROTECTED = 4
    """It is the service it was, and it refused us."""
    CLOSED = 5
    """The host itself refused the connection."""

    @property
    def settles(self) -> bool:
        """Whether this proves that nothing is exposed there."""
        return self >= Sight.PROTECTED


class Look(NamedTuple):
    """What was seen, and the sentence that says so."""

    sight: Sight
    words: str


_SIGHT_OF_STATUS = {
    Status.INCONCLUSIVE: Sight.UNSEEN,
    Status.OPEN: Sight.ANSWERS,
    Status.IDENTIFIED: Sight.ANSWERS,
    Status.PROTECTED: Sight.PROTECTED,
    Status.EXPOSED: Sight.EXPOSED,
}


@dataclass(frozen=True, slots=True)
class Looks:
    """What one or more reports saw, by place (`str(Endpoint)`)."""

    run: Run
    """The run of the report that is compared."""
    _looks: dict[str, Look]
    _space: Space | None
    """What the report was to look at, None when it does not say."""

    def at(self, place: str) -> Look:
        """Return what was seen of a place; one that no report names was not looked at."""
        whole_port = place.partition(PATH_MARK)[0]
        unseen = f"{whole_port} was not looked at in run {self.run.id}, or it stayed silent: that is no proof of a fix"
        closed = self._looks.get(whole_port)
        if closed is not None and closed.sight is Sight.CLOSED:
            return closed
        look = self._looks.get(place)
        if look is None and not self._is_planned(place):
            return Look(Sight.OUTSIDE, f"{place} is not among the targets of run {self.run.id}")
        return look or Look(Sight.UNSEEN, unseen)

    def _is_planned(self, place: str) -> bool:
        """Tell whether the report was to look at a place; a report that can't say was to look at everything."""
        endpoint = _endpoint(place)
        if self._space is None or endpoint is None:
            return self.run.options.get("shard", "1/1") == "1/1"
        return in_space(self._space, endpoint)


def read_looks(report: ScanReport, proofs: Iterable[ScanReport] = ()) -> Looks:
    """Return what a report and later ones saw; the latest that saw an endpoint wins.

    Raises UsageError for a proof that began before the report ended: it can't show what is so now.
    """
    looks: dict[str, Look] = {}
    _add(looks, report)
    for proof in sorted(proofs, key=lambda one: _time(one.run.started)):
        if _time(proof.run.started) < _time(report.run.ended):
            raise UsageError(
                f"the proof of run {proof.run.id} began {proof.run.started}, before the report ended "
                f"{report.run.ended}: look again, then give the new report"
            )
        _add(looks, proof)
    return Looks(report.run, looks, planned_space(report.run.options))


def _endpoint(place: str) -> Endpoint | None:
    """Return the endpoint that `place_of` named, None when it can't be read any more."""
    whole, _, path = place.partition(PATH_MARK)
    whole, _, transport = whole.partition("/")
    host, _, port = whole.rpartition(":")
    try:
        address = ipaddress.ip_address(host.strip("[]"))
        return Endpoint(address, int(port), Transport(transport or "tcp"), base_path=path)
    except ValueError:
        return None


def _add(looks: dict[str, Look], report: ScanReport) -> None:
    when = f"in run {report.run.id}, which ended {report.run.ended}"
    for place in report.coverage.closed_list:
        looks[place] = Look(Sight.CLOSED, f"{place} refused the connection (closed) {when}")
    seen: dict[str, Look] = {}
    for row in report.endpoints:
        look = Look(_SIGHT_OF_STATUS[row.status], f"{_said(row)} {when}")
        before = seen.setdefault(place_of(row.endpoint), look)
        # Several virtual hosts may share one place: one that is protected proves nothing for the others.
        if look.sight < before.sight:
            seen[place_of(row.endpoint)] = look
    looks.update(seen)


def _time(text: str) -> datetime:
    with suppress(ValueError):
        time = datetime.fromisoformat(text)
        if time.tzinfo is not None:
            return time
    raise UsageError(f"'{clean(text, 40)}' in a report is not a time in ISO 8601 with its zone")


def _said(row: EndpointRow) -> str:
    what = row.product or row.service or "the service"
    if row.status is Status.PROTECTED:
        return f"{row.endpoint} answered as {what} and demanded credentials (protected)"
    if row.status is Status.EXPOSED:
        return f"{row.endpoint} still answered {what} without credentials, though this rule no longer holds"
    return f"{row.endpoint} answered ({row.status.value}), and nothing shows that it demands credentials"
