"""An audit log that counts."""

import asyncio
from collections import Counter

from scanner.core.address import to_address
from scanner.core.errors import StoreError
from tests.sweep.jobs import make_job, run


class Account:
    """Counts attempts by transport, attempt, source port and place."""

    def __init__(self):
        self.sent = Counter()
        self.bytes_out = 0
        self.questions = []
        self.delegations = []

    def demand(self):
        pass

    def attempts(self, addresses, ports, *, transport, attempt, source_port=None, bytes_out=0):
        for address, port in zip(addresses, ports, strict=True):
            self.sent[transport, attempt, source_port, str(to_address(address)), port] += 1
        self.bytes_out += bytes_out

    def asked(self, what, addresses):
        self.questions += [(what, address) for address in addresses]

    def delegated(self, *words):
        self.delegations.append(words)


class Full(Account):
    def attempts(self, *_, **__):
        raise StoreError("no room")


def swept(engine, plan, account):
    async def go():
        job = make_job(plan)
        job.audit = account
        return await run(engine, job)

    asyncio.run(go())
    return account
