"""Kafka's responses to ApiVersions (version 0) and Metadata (versions 1 and 8): https://kafka.apache.org/protocol."""

import struct
from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.text import clean

_NO_OPERATIONS = -(1 << 31)
_MOST_ITEMS = 100_000


@dataclass(frozen=True, slots=True)
class Broker:
    """One broker as it advertises itself."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic."""

    name: str
    internal: bool
    partitions: int
    operations: int
    """Bits of what this client may do; 0 when the version does not say."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a Metadata response holds, as far as it was read."""

    brokers: tuple[Broker, ...]
    topics: tuple[Topic, ...]
    operations: int
    """Bits of what this client may do with the cluster; 0 when unknown."""


class _Cut(Exception):
    """The bytes end here."""


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        piece = self._data[self._at : self._at + count]
        if count < 0 or len(piece) < count:
            raise _Cut
        self._at += count
        return piece

    def int8(self) -> int:
        return self.take(1)[0]

    def int16(self) -> int:
        return int.from_bytes(self.take(2), signed=True)

    def int32(self) -> int:
        return int.from_bytes(self.take(4), signed=True)

    def text(self) -> str:
        return clean(self.take(max(0, self.int16())), 249)

    def count(self) -> int:
        number = self.int32()
        if not -1 <= number <= _MOST_ITEMS:
            raise Malformed("an array of impossible length")
        return max(0, number)

    def skip_int32s(self) -> None:
        self.take(4 * self.count())


def parse_api_versions(body: bytes) -> dict[int, tuple[int, int]]:
    """Return request key -> (lowest, highest version); raises Malformed."""
    error, count = struct.unpack(">hi", body[:6].ljust(6, b"\xff"))
    if error != 0 or not 5 <= count <= 200 or len(body) < 6 + 6 * count:
        raise Malformed("no ApiVersions response")
    triples = struct.iter_unpack(">hhh", body[6 : 6 + 6 * count])
    versions = {key: (low, high) for key, low, high in triples}
    if 18 not in versions or any(low < 0 or high < low for low, high in versions.values()):
        raise Malformed("no ApiVersions response")
    return versions


def parse_metadata(body: bytes, version: int) -> Metadata:
    """Return brokers and topics of a response that may be cut off; raises Malformed when no broker is there."""
    reader = _Reader(body)
    brokers: list[Broker] = []
    topics: list[Topic] = []
    operations = 0
    try:
        if version >= 3:
            reader.int32()
        # A generator that is cut off leaves the items before it in the list.
        brokers.extend(_broker(reader) for _ in range(reader.count()))
        if version >= 2:
            reader.text()
        reader.int32()
        topics.extend(_topic(reader, version) for _ in range(reader.count()))
        if version >= 8:
            operations = _operations(reader.int32())
    except _Cut:
        pass
    if not brokers:
        raise Malformed("a Metadata response without a broker")
    return Metadata(tuple(brokers), tuple(topics), operations)


def _broker(reader: _Reader) -> Broker:
    reader.int32()
    host, port = reader.text(), reader.int32()
    reader.text()
    if not host or not 0 <= port < 65_536:
        raise Malformed("no broker of Kafka")
    return Broker(host, port)


def _topic(reader: _Reader, version: int) -> Topic:
    reader.int16()
    name, internal, partitions = reader.text(), reader.int8() == 1, reader.count()
    for _ in range(partitions):
        reader.take(14 if version >= 7 else 10)
        reader.skip_int32s()
        reader.skip_int32s()
        if version >= 5:
            reader.skip_int32s()
    return Topic(name, internal, partitions, _operations(reader.int32()) if version >= 8 else 0)


def _operations(bits: int) -> int:
    return 0 if bits == _NO_OPERATIONS else bits
