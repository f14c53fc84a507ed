import hashlib
import hmac

import pytest

from scanner.watch.sink import SinkError
from scanner.watch.sinks.webhook import Webhook
from tests.watch.told import Wall


async def test_a_receiver_can_tell_who_speaks(receiver, digest):
    await Webhook(f"http://127.0.0.1:{receiver.server_port}/in", "key", Wall()).send(digest)
    ((headers, body),) = receiver.got
    signed = hmac.new(b"key", headers["X-Exposure-Timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-Exposure-Signature"] == f"sha256={signed}"
    assert (headers["X-Exposure-Event"], body) == (digest.id, digest.body)


@pytest.mark.parametrize("status", [301, 404, 500])
async def test_a_receiver_that_does_not_take_it_is_an_error(receiver, digest, status):
    receiver.status = status
    with pytest.raises(SinkError, match=r"127\.0\.0\.1 did not take the alert"):
        await Webhook(f"http://127.0.0.1:{receiver.server_port}/in", "key").send(digest)


async def test_nobody_there_is_an_error(digest):
    with pytest.raises(SinkError):
        await Webhook("http://127.0.0.1:1/in", "key").send(digest)
