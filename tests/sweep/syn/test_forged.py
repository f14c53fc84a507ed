"""A million forged SYN-ACKs on the wire while a sweep runs: from the right addresses and ports, with wrong numbers."""

import asyncio
import json

import numpy as np
import pytest

from scanner.sweep.connect.engine import ConnectEngine
from scanner.sweep.syn.engine import SynEngine
from scanner.sweep.syn.rings import TxRing
from scanner.sweep.syn.schedule import SOURCE_PORTS
from tests.sweep.jobs import make_job, make_plan
from tests.sweep.syn.lab import NEEDS_ROOT, SCANNER, Lab, inside

pytestmark = [pytest.mark.root, NEEDS_ROOT]
FORGED = 1_000_000
FIRST_SOURCE_PORT = 20_000
NETWORK, PORT = "10.24.8.0/22", 80
FIRST, SILENT = 0x0A_18_08_00, 1_024
IP_AT, TCP_AT = 14, 34
SYN_ACK = 0x12


def frame(lab: Lab) -> bytes:
    """Return a SYN-ACK to the scanner with neither source, ports, number nor checksums."""
    from scapy.layers.inet import IP, TCP
    from scapy.layers.l2 import Ether

    own, far = (
        json.loads(lab.ask(name, "ip", "-j", "link", "show", "veth0"))[0]["address"]
        for name in (lab.target, lab.scanner)
    )
    packet = Ether(src=own, dst=far) / IP(src="0.0.0.0", dst=SCANNER) / TCP(sport=PORT, flags="SA")
    return bytes(packet)


def word_sums(ring: TxRing, slots: slice, first: int, last: int):
    return ring.frames[slots, first:last].view(">u2").sum(axis=1, dtype=np.uint32)


def folded(total):
    for _ in range(2):
        total = (total & 0xFFFF) + (total >> 16)
    return (~total & 0xFFFF).astype(">u2")


def forge(ring: TxRing, slots: slice, chance: np.random.Generator) -> None:
    """Write likely answers: planned address and port, our source port, both checksums right, a random number."""
    count = slots.stop - slots.start
    rows = ring.frames[slots]
    rows[:, IP_AT + 12 : IP_AT + 16] = (
        (np.uint32(FIRST) + chance.integers(0, SILENT, count, dtype=np.uint32))
        .astype(">u4")
        .view(np.uint8)
        .reshape(-1, 4)
    )
    ports = FIRST_SOURCE_PORT + chance.integers(0, SOURCE_PORTS, count)
    rows[:, TCP_AT + 2 : TCP_AT + 4] = ports.astype(">u2").view(np.uint8).reshape(-1, 2)
    rows[:, TCP_AT + 8 : TCP_AT + 12] = chance.integers(0, 256, (count, 4), dtype=np.uint8)
    for at in (IP_AT + 10, TCP_AT + 16):
        rows[:, at : at + 2] = 0
    rows[:, IP_AT + 10 : IP_AT + 12] = folded(word_sums(ring, slots, IP_AT, TCP_AT)).view(np.uint8).reshape(-1, 2)
    pseudo = word_sums(ring, slots, IP_AT + 12, IP_AT + 20) + 6 + 20
    total = folded(word_sums(ring, slots, TCP_AT, TCP_AT + 20) + pseudo)
    rows[:, TCP_AT + 16 : TCP_AT + 18] = total.view(np.uint8).reshape(-1, 2)


def flood(lab: Lab) -> None:
    chance = np.random.default_rng(7)
    with inside(lab.target):
        ring = TxRing("veth0", frame(lab))
        sent = 0
        while sent < FORGED:
            slots = ring.free(min(4_096, FORGED - sent))
            forge(ring, slots, chance)
            ring.hand_over(slots)
            ring.kick()
            sent += slots.stop - slots.start
        ring.close()


def test_none_of_a_million_forged_answers_is_believed(lab, monkeypatch):
    # The forger knows all that a stranger could learn, our source ports too, but not the key.
    monkeypatch.setattr("scanner.sweep.syn.engine.choose_source_ports", lambda _count: FIRST_SOURCE_PORT)
    lab.filter(
        lab.target, f"table ip f {{ chain i {{ type filter hook input priority 0; ip daddr {NETWORK} drop; }}\n}}"
    )

    async def go():
        job = make_job(make_plan(NETWORK, [PORT], rate=2_000.0, timeout_s=60.0))
        async with asyncio.TaskGroup() as group:
            sweep = group.create_task(SynEngine(ConnectEngine()).sweep(job))
            while not job.tally.planned:  # noqa: ASYNC110 - the tally is counted by another thread
                await asyncio.sleep(0.01)
            await asyncio.to_thread(flood, lab)
            assert not sweep.done()
            job.stop.set()
        return job.tally

    with inside(lab.scanner):
        tally = asyncio.run(go())
    assert (tally.planned, tally.open, tally.closed) == (SILENT, 0, 0)
    (refused,) = [one.detail for one in tally.problems if one.kind == "answers-refused"]
    dropped = sum(int(one.detail.split()[3]) for one in tally.problems if one.kind == "rate-limited")
    assert int(refused.split()[0]) + dropped == FORGED, refused
