import json

import pytest

from scanner.core.errors import UsageError
from scanner.watch.sink import SinkError
from scanner.watch.sinks.notify import Notify

# Apprise looks at pictures with a module of the standard library that Python 3.13 does not have any more.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


async def test_apprise_delivers_it(receiver, digest):
    await Notify(f"json://127.0.0.1:{receiver.server_port}/in").send(digest)
    ((_, body),) = receiver.got
    assert json.loads(body)["title"] == digest.subject


async def test_what_it_can_not_deliver_is_an_error(receiver, digest):
    receiver.status = 500
    with pytest.raises(SinkError, match="apprise json"):
        await Notify(f"json://127.0.0.1:{receiver.server_port}/in").send(digest)


def test_a_url_that_it_does_not_know_is_refused():
    with pytest.raises(UsageError, match="apprise does not know nosuch"):
        Notify("nosuch://x")
