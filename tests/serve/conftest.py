import asyncio
import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest

from scanner.core.finding import FindingState, Severity
from scanner.history.store.add import add_run
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from scanner.serve.app import make_app
from scanner.serve.entrance import Entrance
from scanner.serve.listen import listening
from tests.history.store.conftest import empty_file, file, store  # noqa: F401 - fixtures by name
from tests.history.store.told import HOSTS, NOW, found, told

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}}"
TOKEN = "a-token-of-the-tests"


@pytest.fixture(scope="session")
def filled_file(empty_file, tmp_path_factory):  # noqa: F811
    """A history of five runs; names, owners and titles are as hostile as a network can make them."""
    path = tmp_path_factory.mktemp("serve") / "filled.db"
    shutil.copyfile(empty_file, path)
    with Store(read_place(str(path))) as held:
        for day in range(1, 6):
            seen = [
                found(HOSTS[0], owner="ops", title=HOSTILE, detail=HOSTILE, product=HOSTILE, impact=HOSTILE),
                found(HOSTS[1], severity=Severity.CRITICAL, owner=HOSTILE),
                found(HOSTS[2], state=FindingState.ACCEPTED, accepted_reason=HOSTILE),
                *([found(HOSTS[3])] if day < 4 else []),
            ]
            add_run(held, told(day, *seen), NOW)
    return path


@pytest.fixture
def filled(filled_file, tmp_path):
    path = tmp_path / "filled.db"
    shutil.copyfile(filled_file, path)
    with Store(read_place(str(path)), make=False) as held:
        yield held


@dataclass
class Page:
    """The server, and a client that has no session."""

    url: str
    client: aiohttp.ClientSession
    entrance: Entrance
    store: str

    async def get(self, path, *, token=TOKEN, **more):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= more.pop("headers", {})
        async with self.client.get(self.url + path, headers=headers, allow_redirects=False, **more) as answer:
            return answer, await answer.text()

    async def post(self, path, data=None, *, origin=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers["Origin"] = self.url if origin is None else origin
        async with self.client.post(self.url + path, data=data, headers=headers, allow_redirects=False) as answer:
            return answer, await answer.text()


async def connected(port):
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.create_connection(lambda: protocol, "127.0.0.1", port)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


@asynccontextmanager
async def serving(store, entrance=None, context=None):  # noqa: F811
    entrance = entrance or Entrance(users={}, token=TOKEN, tls=False, hosts=frozenset({"127.0.0.1"}))
    async with listening(make_app(store, entrance), "127.0.0.1", 0, context) as (address, port):
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar, connector=aiohttp.TCPConnector(force_close=True)) as client:
            yield Page(f"http://{address}:{port}", client, entrance, store.name)
    # aiohttp closes its sockets in the next turns of the loop.
    await asyncio.sleep(0)


@pytest.fixture
async def page(filled):
    async with serving(filled) as served:
        yield served
