"""Streams that whoever started us had closed; tests/field/test_closed_streams.py starts processes so (E03, E12)."""

import os
import sys

import pytest

from scanner.cli.standard_streams import open_closed_streams

NAMES = ("stdin", "stdout", "stderr")


@pytest.fixture
def opened(monkeypatch):
    """The descriptors that are opened for those that are missing."""
    made = []
    monkeypatch.setattr(os, "open", lambda path, flags: made.append((path, flags)))
    return made


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_stream_is_the_null_device(monkeypatch, opened, name):
    monkeypatch.setattr(sys, name, None)
    kept = {other: getattr(sys, other) for other in NAMES if other != name}

    there = os.fstat

    def gone(number):
        if number < len(NAMES):
            raise OSError(9, "Bad file descriptor")
        return there(number)

    monkeypatch.setattr(os, "fstat", gone)
    open_closed_streams()
    stream = getattr(sys, name)
    assert stream.name == os.devnull
    assert stream.readable() is (name == "stdin")
    assert opened == [(os.devnull, os.O_RDWR)]
    assert {other: getattr(sys, other) for other in kept} == kept
    stream.close()


def test_a_descriptor_that_is_there_is_left_alone(monkeypatch, opened):
    monkeypatch.setattr(sys, "stdout", None)
    open_closed_streams()
    assert (sys.stdout.name, opened) == (os.devnull, [])
    sys.stdout.close()


def test_streams_that_are_there_stay(opened):
    before = [getattr(sys, name) for name in NAMES]
    open_closed_streams()
    assert [getattr(sys, name) for name in NAMES] == before
    assert opened == []
