"""Answers of the S3 protocol, as far as a stranger gets them: pure, bytes in, names out.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html and API_ListObjectsV2.html
"""

import re
from typing import NamedTuple

_ROOT = re.compile(rb"<(ListAllMyBucketsResult|ListBucketResult|Error)\b")
_BUCKET = re.compile(rb"<Bucket>.{0,200}?<Name>([^<]{1,255})</Name>", re.DOTALL)
_KEY = re.compile(rb"<Key>([^<]{1,1024})</Key>")
_CODE = re.compile(rb"<Code>([A-Za-z]{1,64})</Code>")

_MOST = 1_000


class Listing(NamedTuple):
    """What an S3 answer is."""

    kind: str
    """`buckets`, `objects` or `error`."""
    names: tuple[str, ...]
    """Buckets or keys; the error's code alone."""
    more: bool = False


def parse_answer(body: bytes) -> Listing | None:
    """Return what an answer is, None when its root element is none of S3's."""
    root = _ROOT.search(body[:1_024])
    if root is None:
        return None
    if root[1] == b"ListAllMyBucketsResult":
        names = _texts(_BUCKET, body)
        return Listing("buckets", names, len(names) == _MOST)
    if root[1] == b"ListBucketResult":
        return Listing("objects", _texts(_KEY, body), b"<IsTruncated>true</IsTruncated>" in body)
    codes = _texts(_CODE, body)
    return Listing("error", codes[:1]) if codes else None


def _texts(pattern: re.Pattern[bytes], body: bytes) -> tuple[str, ...]:
    return tuple(found.decode("utf-8", "replace") for found in pattern.findall(body)[:_MOST])
