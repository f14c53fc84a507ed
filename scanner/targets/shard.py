"""Reads `--shard I/N`: which part of the work this run does."""

import re

from scanner.core.errors import UsageError
from scanner.core.plan import Shard
from scanner.core.text import clean

_SHARD = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")


def parse_shard(text: str) -> Shard:
    """Return part I of N, counted from 1; raises UsageError."""
    found = _SHARD.fullmatch(text.strip())
    index, count = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= index <= count:
        raise UsageError(f"--shard {clean(text, 40)}: write I/N with I from 1 to N, such as 1/4 for the first quarter")
    return Shard(index=index, count=count)


def shard_positions(size: int, shard: Shard) -> range:
    """Return the positions of the permuted order that a shard takes: all shards together take each exactly once."""
    return range(size * (shard.index - 1) // shard.count, size * shard.index // shard.count)
