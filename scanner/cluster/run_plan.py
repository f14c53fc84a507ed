"""The plan of a run as the coordinator sends it and a worker reads it: what to look at and how, and nothing to run."""

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path

from scanner import __version__
from scanner.cluster.parcel import LIMIT_BYTES
from scanner.core.address import is_v4
from scanner.core.count import counted
from scanner.core.engine_name import EngineName
from scanner.core.errors import Malformed, UsageError
from scanner.core.finding import Anchor
from scanner.core.hostname import host_name
from scanner.core.intervals import Intervals
from scanner.core.jsontext import Json, parse_json
from scanner.core.plan import Pace, ScanPlan, Target
from scanner.core.ports import LAST_PORT, PortSet
from scanner.core.scope import Scope
from scanner.core.space import Block, Space
from scanner.report.field import Field

MOST_BLOCKS, MOST_SPANS, MOST_TARGETS = 4_096, 1 << 20, 1 << 20
_PATH = re.compile(r"(?:/[A-Za-z0-9._~%-]{1,200}){0,20}")
_LAST_KEY = 2 * (LAST_PORT + 1) - 1
LAST_ADDRESS = (1 << 128) - 1
"""Beyond stand link-local addresses with the number of an interface, which another machine does not have."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What all workers of a run are told."""

    plan: ScanPlan
    """Of the whole run; problems and expectations stay with the coordinator."""
    names: bool | None
    """Whether to ask for reverse DNS names: of all addresses, of none, or (None) of private ones."""


def encode_plan(sent: RunPlan) -> bytes:
    """Return the message."""
    plan, pace = sent.plan, sent.plan.pace
    held: dict[str, Json] = {
        "version": __version__,
        "blocks": [
            {"addresses": _spans(block.addresses), "ports": _spans(block.ports.keys)} for block in plan.space.blocks
        ],
        "targets": [_target(target) for target in plan.targets],
        "seed": plan.seed,
        "engine": plan.engine.value,
        "pace": {
            "rate": "inf" if pace.rate is not None and math.isinf(pace.rate) else pace.rate,
            "polite": pace.polite,
            "max_in_flight": pace.max_in_flight,
            "timeout_s": pace.timeout_s,
            "retries": pace.retries,
        },
        "services": list(plan.services),
        "identify": plan.identify,
        "names": sent.names,
    }
    return json.dumps(held, separators=(",", ":")).encode()


def decode_plan(data: bytes) -> RunPlan:
    """Return a plan; raises Malformed for what is none, or comes from another version."""
    try:
        return _plan(Field(parse_json(data, LIMIT_BYTES), "", Path("the plan")))
    except UsageError as error:
        raise Malformed(str(error)) from error


def _plan(field: Field) -> RunPlan:
    version = field["version"].text()
    if version != __version__:
        raise Malformed(f"the coordinator is version {version}, this worker {__version__}; install the same")
    space = _space(field["blocks"])
    plan = ScanPlan(
        targets=tuple(_read_target(one) for one in _at_most(field["targets"], MOST_TARGETS)),
        # What is not planned need not be touched: nothing wider is taken from anybody.
        scope=Scope(space.addresses),
        space=space,
        seed=field["seed"].whole(0, (1 << 63) - 1),
        engine=field["engine"].word(EngineName),
        pace=_pace(field["pace"]),
        services=field["services"].texts(),
        identify=field["identify"].truth(),
    )
    return RunPlan(plan, field["names"].truth() if field["names"].given else None)


def _space(field: Field) -> Space:
    blocks: list[Block] = []
    for one in _at_most(field, MOST_BLOCKS):
        addresses = _intervals(one["addresses"], LAST_ADDRESS)
        blocks.append(Block(addresses, PortSet(_intervals(one["ports"], _LAST_KEY))))
    space = Space(blocks)
    if not space.size or space.size > 1 << 64:
        field.fail("a space that holds endpoints")
    return space


def _pace(field: Field) -> Pace:
    rate = field["rate"]
    return Pace(
        rate=math.inf if rate.value == "inf" else rate.number(1e12) or None,
        polite=field["polite"].truth(),
        max_in_flight=field["max_in_flight"].whole(1, 1 << 24) if field["max_in_flight"].given else None,
        timeout_s=max(0.05, field["timeout_s"].number(3_600.0)) if field["timeout_s"].given else None,
        retries=field["retries"].whole(0, 10) if field["retries"].given else None,
    )


def _target(target: Target) -> Json:
    return {
        "text": target.text,
        "addresses": _spans(target.addresses),
        "name": target.name,
        "host": target.host,
        "port": target.port,
        "scheme": target.scheme,
        "base_path": target.base_path,
        "anchor": None if target.anchor is None else {"file": target.anchor.file, "line": target.anchor.line},
        "instead": list(target.instead),
        "owner": target.owner,
        "tags": [[key, value] for key, value in target.tags],
    }


def _read_target(field: Field) -> Target:
    anchor = field["anchor"]
    scheme = field["scheme"].text_or_none()
    if scheme not in {None, "http", "https", "tcp"}:
        field["scheme"].fail("http, https or tcp")
    return Target(
        text=field["text"].text(),
        addresses=_intervals(field["addresses"], LAST_ADDRESS),
        name=field["name"].text_or_none(),
        host=_host(field["host"]),
        port=field["port"].whole(0, LAST_PORT) if field["port"].given else None,
        scheme=scheme,
        base_path=_path(field["base_path"]),
        anchor=Anchor(file=anchor["file"].text(), line=anchor["line"].whole(1)) if anchor.given else None,
        instead=field["instead"].texts(),
        owner=field["owner"].text_or_none(),
        tags=tuple((key, value) for key, value in (_pair(pair) for pair in field["tags"])),
    )


def _host(field: Field) -> str | None:
    """Return a name that goes into Host and SNI."""
    name = field.text_or_none()
    if name is not None and host_name(name) is None:
        field.fail("a host name")
    return name


def _path(field: Field) -> str:
    """Return a path that goes before those of the checks: no query, and nothing that could end a line."""
    path = field.text(missing="")
    if not _PATH.fullmatch(path):
        field.fail("a path")
    return path


def _pair(field: Field) -> tuple[str, str]:
    words = field.texts()
    if len(words) != 2:
        field.fail("a key and a value")
    return words[0], words[1]


def _spans(numbers: Intervals) -> Json:
    return [[first, last] for first, last in numbers.spans]


def _intervals(field: Field, most: int) -> Intervals:
    spans: list[tuple[int, int]] = []
    for pair in _at_most(field, MOST_SPANS):
        ends = [one.whole(0, most) for one in pair]
        if len(ends) != 2 or ends[0] > ends[1]:
            pair.fail("a first and a last number")
        if is_v4(ends[0]) != is_v4(ends[1]) and most == LAST_ADDRESS:
            pair.fail("a range of one family")
        spans.append((ends[0], ends[1]))
    return Intervals(spans)


def _at_most(field: Field, most: int) -> list[Field]:
    members = list(field)
    if len(members) > most:
        field.fail(f"at most {counted(most, 'member')}")
    return members
