"""What makes two runs the same run: only then may one go on where the other stopped."""

import hashlib
import json
from collections.abc import Mapping

from scanner.core.address import to_address
from scanner.core.intervals import Intervals
from scanner.core.plan import ScanPlan


def identify(plan: ScanPlan, *, version: str, probes: str) -> dict[str, str]:
    """Return what must not change between the parts of a run, by name, in values fit to be shown.

    `version` is the tool's, `probes` names the set of checks, such as a hash of their ids and files.
    """
    blocks = [(_spans(block.addresses), _plain(block.ports.keys)) for block in plan.space.blocks]
    return {
        "scope": _short(_spans(plan.scope.numbers)),
        "targets and ports": _short(json.dumps(blocks)),
        "engine": plan.engine,
        "seed": str(plan.seed),
        "shard": f"{plan.shard.index}/{plan.shard.count}",
        "services": ",".join(plan.services) or "all",
        "identify": "on" if plan.identify else "off",
        "version": version,
        "checks": _short(probes),
    }


def digest(identity: Mapping[str, str]) -> str:
    """Return the SHA-256 of an identity in hex."""
    return hashlib.sha256(json.dumps(dict(identity), sort_keys=True).encode()).hexdigest()


def differences(stored: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """Return in words what differs."""
    return [
        f"{name}: {stored.get(name, 'none')} then, {wanted.get(name, 'none')} now"
        for name in sorted({*stored, *wanted})
        if stored.get(name) != wanted.get(name)
    ]


def _spans(numbers: Intervals) -> str:
    return ",".join(f"{to_address(first)}-{to_address(last)}" for first, last in numbers.spans)


def _plain(numbers: Intervals) -> str:
    return ",".join(f"{first}-{last}" for first, last in numbers.spans)


def _short(text: str) -> str:
    """Return a text that people can compare, whatever its length."""
    return text if len(text) <= 60 else f"{text[:40]}... ({hashlib.sha256(text.encode()).hexdigest()[:12]})"
