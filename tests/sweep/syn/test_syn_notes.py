import numpy as np
import pytest

from scanner.sweep.syn.layout import Targets
from scanner.sweep.syn.schedule import CANARY_PORT, MOST_ROUNDS
from scanner.sweep.syn.syn_notes import syn_notes
from tests.sweep.account import Account


@pytest.mark.parametrize("family", [4, 6])
def test_the_source_port_of_a_syn_tells_its_round(family):
    account = Account()
    if family == 4:
        address, zone = np.array([0x0A000001], dtype=np.uint32), None
    else:
        address, zone = np.array([[0xFD00 << 48, 9]], dtype=np.uint64), np.array([0], dtype=np.uint32)
    targets = Targets(family, np.array([0]), address, np.array([443], dtype=np.uint32), zone)
    note = syn_notes(account, 60_000)
    for source_port in (60_000, 60_001, 60_000 + MOST_ROUNDS, 60_000 + CANARY_PORT):
        note(targets, source_port)
    text = "10.0.0.1" if family == 4 else "fd00::9"
    assert [key[1:] for key in account.sent] == [
        (1, 60_000, text, 443),
        (2, 60_001, text, 443),
        (1, 60_000 + MOST_ROUNDS, text, 443),
        ("canary", 60_000 + CANARY_PORT, text, 443),
    ]
