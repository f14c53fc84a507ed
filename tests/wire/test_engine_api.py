import json

import pytest

from scanner.core.quirk import Cut
from scanner.core.talk import HttpAnswer
from scanner.wire.engine_api import inventory
from tests.support.talks import page

CONTAINER = {"Id": "a" * 64, "Image": "shop:1", "Command": "/serve", "State": "running", "Names": ["/shop"]}


def listing(*items):
    return page(json.dumps(items), json=True)


def test_counts_come_from_info_when_the_list_was_limited():
    info = page(json.dumps({"Containers": 250, "ContainersRunning": 7, "Images": 3, "DockerRootDir": "/d"}), json=True)
    found = inventory(listing(CONTAINER), listing(), info)
    assert (found.containers, found.running, found.images, found.open_reads) == (250, 7, 3, 3)


def test_an_empty_list_is_an_answer_and_a_refusal_is_none():
    found = inventory(listing(), page("no", 403), None)
    assert (found.containers, found.images, found.open_reads) == (0, None, 1)


@pytest.mark.parametrize(
    "answer",
    [
        page("[]", headers={"Content-Type": "text/plain"}),
        page("{}", json=True),
        page('{"message":"x"}', 500, json=True),
        page('["a"]', json=True),
        page("[1]", json=True),
        page('[{"a":1}]', json=True),
    ],
)
def test_only_a_list_of_containers_counts(answer):
    assert inventory(answer, None, None).containers is None


def test_bind_mounts_of_the_host_are_counted_and_traced():
    mounts = [
        {"Type": "bind", "Source": "/", "Destination": "/host", "RW": True},
        {"Type": "bind", "Source": "/var/run/docker.sock", "Destination": "/s", "RW": False},
        {"Type": "volume", "Source": "/x", "Destination": "/y", "RW": True},
    ]
    found = inventory(listing(CONTAINER | {"Mounts": mounts}, CONTAINER), None, None)
    assert found.host_mounts == 1
    assert found.traces["mount"] == ("/:/host", "/var/run/docker.sock:/s:ro")
    assert found.traces["image"] == ("shop:1",)


def test_the_whole_items_of_a_cut_list_are_read():
    text = json.dumps([CONTAINER, CONTAINER]).encode()
    cut = HttpAnswer(status=200, body=text[:-10], cut=Cut.SIZE)
    assert inventory(cut, None, None).containers == 1
    assert inventory(HttpAnswer(status=200, body=text[:-10]), None, None).containers == 1
    assert inventory(HttpAnswer(status=200, body=b"[{"), None, None).containers is None
