"""Where the command line's packets go, counted by the kernel: whatever servers answer, nowhere beyond the scope."""

import pytest

from scanner.standins.start import load
from tests.lab.answering import ELSEWHERE
from tests.lab.test_middleboxes import answering

pytestmark = [pytest.mark.root, pytest.mark.timeout(180)]
TARGET = "10.9.0.5"


def count_packets(lab) -> None:
    lab.rules(
        f"counter sent {{}}\ncounter beyond {{}}\nchain a {{ type filter hook output priority -300; oifname {lab.near}"
        f" meta nfproto ipv4 counter name sent; oifname {lab.near} ip daddr != {TARGET} counter name beyond; }}",
        where=lab.here,
    )


def packets(lab, counter: str) -> int:
    return int(lab.inside(lab.here, "nft", "list", "counter", "inet", "lab", counter).split("packets ")[1].split()[0])


def test_no_answer_leads_beyond_the_scope(lab):
    ports = {one.port: one.service for one in load() if one.case == "open" and one.serve}
    roles = [f"{service}@{TARGET}:{port}" for port, service in ports.items()]
    roles += [f"elsewhere@{TARGET}:{port}" for port in (80, 8888, 40_001)]
    roles += [f"moved@{TARGET}:{port}" for port in (6380, 40_002)]
    # Who goes there is answered, so that it would not end with the first packet.
    roles += [f"redis@{ELSEWHERE}:6379", f"page@{ELSEWHERE}:80"]
    count_packets(lab)
    with answering(lab, lab.there, *roles):
        wanted = ",".join(map(str, (*ports, 80, 8888, 40_001, 6380, 40_002)))
        done = lab.scan(TARGET, "-p", wanted, "-f", "json", "--rate", "2000", "--no-progress")
    assert done.returncode == 1, done.stderr
    assert f"redirects to http://{ELSEWHERE}/" in done.stdout
    assert packets(lab, "sent") > len(roles)
    assert packets(lab, "beyond") == 0
