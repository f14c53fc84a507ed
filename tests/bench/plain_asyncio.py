"""The sweep that everybody writes first, as a yardstick: python -m tests.bench.plain_asyncio NETWORK PORTS WORKERS."""

import asyncio
import ipaddress
import itertools
import sys


async def main(network: str, ports: list[int], workers: int) -> None:
    targets = itertools.product(map(str, ipaddress.ip_network(network)), ports)
    found = 0

    async def work() -> None:
        nonlocal found
        for host, port in targets:
            try:
                _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), 3.5)  # noqa: TID251
            except OSError:
                continue
            found += 1
            writer.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(work())
    sys.stdout.write(f"{found}\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], [int(port) for port in sys.argv[2].split(",")], int(sys.argv[3])))
