"""A real honeypot with a dozen faces: nothing that it plays is ever called exposed."""

import asyncio

import pytest

from scanner.core.finding import Status
from tests.fleet.server import ROOT
from tests.probes.test_decoys import judged
from tests.support.look import look_at

FACES = {
    "redis": 6379,
    "elastic": 9200,
    "memcache": 11211,
    "vnc": 5900,
    "mysql": 3306,
    "postgres": 5432,
    "ldap": 389,
    "telnet": 23,
    "smtp": 25,
    "pop3": 110,
    "imap": 143,
}


@pytest.mark.real
async def test_no_face_of_a_real_honeypot_is_exposed(server):
    pot = server(
        [
            str(ROOT / ".fleet/pypi/honeypots/bin/python"),
            *("-m", "honeypots", "--termination-strategy", "signal", "--ip", "{address}"),
            *("--setup", ",".join(f"{face}:{port}" for face, port in FACES.items())),
        ],
        list(FACES.values()),
        package="honeypots",
        env={"PYTHONWARNINGS": "ignore"},
        ready=b"Everything looks good",
        patience_s=50,
    )
    async with asyncio.TaskGroup() as group:
        tasks = {face: group.create_task(look_at(pot.address, port)) for face, port in FACES.items()}
    for face, task in tasks.items():
        row, findings = judged(task.result())
        assert row.status is not Status.EXPOSED, face
        assert findings == (), face
        assert row.service or row.note or row.decoy, face
