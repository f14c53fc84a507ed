"""The rings on a real link."""

import json
import socket
import struct

import numpy as np
import pytest

from scanner.core.errors import SetupError
from scanner.sweep.syn import bpf
from scanner.sweep.syn.packets import LinkHeader, SynTemplate
from scanner.sweep.syn.rings import ETH_P_IP, SNAP_BYTES, RxRing, TxRing, wait_readable
from tests.sweep.syn.lab import NEEDS_ROOT, SCANNER, Lab, inside

pytestmark = [pytest.mark.root, NEEDS_ROOT]
PORT = 64_000


def template_of(lab: Lab) -> SynTemplate:
    macs = [
        bytes.fromhex(json.loads(lab.ask(name, "ip", "-j", "link", "show", "veth0"))[0]["address"].replace(":", ""))
        for name in (lab.scanner, lab.target)
    ]
    return SynTemplate(4, socket.inet_aton(SCANNER), LinkHeader(*macs))


def send(ring: TxRing, template: SynTemplate, count: int) -> None:
    (first,) = struct.unpack("!I", socket.inet_aton("10.16.0.0"))
    sent = 0
    while sent < count:
        slots = ring.free(count - sent)
        size = slots.stop - slots.start
        address = np.arange(size, dtype=np.uint32) + np.uint32(first + sent)
        template.patch_v4(ring.frames[slots], address, np.full(size, 81, np.uint32), PORT, address)
        ring.hand_over(slots)
        ring.kick()
        sent += size


def take_all(ring: RxRing) -> int:
    count = 0
    while (taken := ring.take()) is not None:
        packets, headers = taken
        assert packets.shape == (len(headers), SNAP_BYTES)
        count += len(packets)
        ring.give_back(len(packets))
    return count


def test_every_answer_is_received_or_counted_as_dropped(lab):
    template = template_of(lab)
    with inside(lab.scanner):
        receiver = RxRing(ETH_P_IP, bpf.filter_v4(PORT, PORT), slots=256)
        sender = TxRing("veth0", template.frame, slots=512)
        send(sender, template, 2_000)
        wait_readable([receiver], 1.0)
        received, dropped = take_all(receiver), receiver.dropped()
        send(sender, template, 200)
        later = take_all(receiver), receiver.dropped()
        sender.close()
        receiver.close()
    assert received == 256
    assert received + dropped == 2_000
    assert later == (200, 0)


def test_what_was_not_sent_is_still_in_the_ring(lab):
    template = template_of(lab)
    with inside(lab.scanner):
        sender = TxRing("veth0", template.frame, slots=64)
        lab.ask(lab.scanner, "ip", "link", "set", "veth0", "down")
        try:
            slots = sender.free(100)
            assert (slots.start, slots.stop) == (0, 64)
            sender.hand_over(slots)
            with pytest.raises(OSError, match="Network is down"):
                sender.kick()
            assert sender.pending == 64
            assert sender.free(1) == slice(0, 0)
        finally:
            lab.ask(lab.scanner, "ip", "link", "set", "veth0", "up")
            lab.restore_routes()
        sender.kick()
        assert sender.pending == 0
        sender.close()


def test_an_absent_interface_is_one_clear_line(lab):
    with inside(lab.scanner), pytest.raises(SetupError, match="no transmit ring on absent0"):
        TxRing("absent0", bytes(54))
