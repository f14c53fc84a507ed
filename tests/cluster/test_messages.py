import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.cluster.messages import (
    LIMIT_BYTES,
    Alive,
    Count,
    Done,
    Job,
    Refusal,
    Refused,
    read_alive,
    read_job,
    read_outcome,
)
from scanner.cluster.names import Chunk
from scanner.cluster.parcel import Parcel
from scanner.core.errors import Malformed

PARCEL = Parcel("ab" * 32, 1_000, 2)
RUN = "0123456789abcdef"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def test_each_message_is_read_as_it_was_written():
    job = Job(16, PARCEL, 30.0)
    assert read_job(job.encode()) == job
    for outcome in (Done("w-1", PARCEL), Refused("w-1", Refusal.OUT_OF_SCOPE, "10.0.0.1:80 is not in it")):
        assert read_outcome(outcome.encode()) == outcome
    for alive in (
        Alive("w-1", "dmz"),
        Alive("w-1", "dmz", Chunk(RUN, "dmz", 3), Count(planned=9, open=1, closed=2, asked=1)),
    ):
        assert read_alive(alive.encode()) == alive


@pytest.mark.parametrize("read", [read_job, read_outcome, read_alive])
@given(JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=100))
def test_any_other_bytes_are_malformed_and_nothing_else(read, data):
    with pytest.raises(Malformed):
        read(data)


WRONG = [
    (read_job, Job(16, PARCEL, 30.0), {"count": 0}),
    (read_job, Job(16, PARCEL, 30.0), {"count": 10**7}),
    (read_job, Job(16, PARCEL, 30.0), {"count": True}),
    (read_job, Job(16, PARCEL, 30.0), {"lease_s": 0.1}),
    (read_job, Job(16, PARCEL, 30.0), {"lease_s": 1e9}),
    (read_job, Job(16, PARCEL, 30.0), {"plan": {"sha256": "zz"}}),
    (read_outcome, Done("w", PARCEL), {"worker": "a.b"}),
    (read_outcome, Done("w", PARCEL), {"refused": "no-such-reason"}),
    (read_alive, Alive("w", "dmz", Chunk(RUN, "dmz", 1)), {"run": "x"}),
    (read_alive, Alive("w", "dmz", Chunk(RUN, "dmz", 1)), {"index": -1}),
    (read_alive, Alive("w", "dmz", Chunk(RUN, "dmz", 1)), {"vantage": ">"}),
    (read_alive, Alive("w", "dmz", Chunk(RUN, "dmz", 1)), {"count": {"planned": 1 << 70}}),
]


@pytest.mark.parametrize(("read", "message", "change"), WRONG)
def test_a_field_beyond_its_limits_is_malformed(read, message, change):
    held = json.loads(message.encode())
    with pytest.raises(Malformed):
        read(json.dumps({**held, **change}).encode())


def test_a_message_that_is_too_long_is_not_parsed():
    with pytest.raises(Malformed, match="longer"):
        read_outcome(b'{"worker": "' + b"a" * LIMIT_BYTES + b'"}')


def test_words_of_a_worker_are_cleaned_and_cut():
    told = read_outcome(Refused("w", Refusal.CANT, "\x1b[2J" + "x" * 5_000).encode())
    assert "\x1b" not in told.detail
    assert len(told.detail) <= 400
