"""Observations never change: a flag makes another one."""

from dataclasses import FrozenInstanceError
from ipaddress import ip_address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.observation import Observation

SEEN = Observation(endpoint=Endpoint(ip_address("10.0.0.5"), 80))


def test_the_first_reason_for_a_decoy_stays():
    flagged = SEEN.flagged("an echo")
    assert flagged.flagged("a tarpit").decoy == "an echo"
    assert SEEN.decoy is None


def test_no_reason_is_no_flag():
    assert SEEN.flagged(None) is SEEN


def test_nobody_changes_an_observation_in_place():
    with pytest.raises(FrozenInstanceError):
        SEEN.note = "seen"
