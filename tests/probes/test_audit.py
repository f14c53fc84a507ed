"""An audit log that is full is not the affair of a probe: it ends the run."""

from ipaddress import ip_address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.errors import StoreError
from scanner.probes.registry import load_registry
from scanner.probes.runner import Runner
from tests.net.test_recorded import Account, Full
from tests.support.jumping import jumping
from tests.support.look import LOOPBACK
from tests.support.servers import forever, serving


class Filling(Account):
    """Takes so many sockets, then no more."""

    def __init__(self, room):
        super().__init__()
        self.room = room

    def demand(self):
        self.room -= 1
        if self.room < 0:
            raise StoreError("no room")


@pytest.mark.parametrize("account", [Full(), Filling(1), Filling(2)])
@jumping
async def test_a_full_log_gets_out_of_a_look(account):
    async with serving(forever) as port:
        runner = Runner(load_registry().probes, LOOPBACK, audit=account)
        with pytest.raises(StoreError):
            await runner.observe(Endpoint(ip_address("127.0.0.1"), port))
