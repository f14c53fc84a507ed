# ruff: noqa: E501 - one row of the table is one line
"""mosquitto.conf: what holds for one listener and what for all (mosquitto.conf(5))."""

import pytest

from tests.config.kinds.doors import doors

TABLE = [
    ("", [("127.0.0.1:1883/tcp", "unknown", None)]),
    ("listener 1883\nallow_anonymous true\n", [("0.0.0.0:1883/tcp", "open", 1)]),
    ("listener 1883 127.0.0.1\nlistener 8883\npassword_file /etc/p\n", [("127.0.0.1:1883/tcp", "closed", 1), ("0.0.0.0:8883/tcp", "closed", 2)]),
    ("per_listener_settings true\nlistener 1883\nallow_anonymous true\nlistener 1884\n", [("0.0.0.0:1883/tcp", "open", 2), ("0.0.0.0:1884/tcp", "unknown", 4)]),
    ("listener 8883\nrequire_certificate false\n", [("0.0.0.0:8883/tcp", "unknown", 1)]),
    ("listener 1883\nlistener 8883\nrequire_certificate true\n", [("0.0.0.0:1883/tcp", "unknown", 1), ("0.0.0.0:8883/tcp", "closed", 2)]),
    ("listener 1883\nallow_anonymous true\nlistener 8883\nrequire_certificate true\n", [("0.0.0.0:1883/tcp", "open", 1), ("0.0.0.0:8883/tcp", "closed", 3)]),
    ("listener 1883\nuse_identity_as_username true\n", [("0.0.0.0:1883/tcp", "unknown", 1)]),
    ("listener 1883\nallow_anonymous false\nplugin /usr/lib/x.so\n", [("0.0.0.0:1883/tcp", "unknown", 1)]),
    ("per_listener_settings true\nport 1884\nallow_anonymous true\n", [("0.0.0.0:1884/tcp", "open", 2)]),
    ("bind_address 10.0.0.5\nallow_anonymous false\n", [("10.0.0.5:1883/tcp", "closed", 1)]),
    ("listener 0 /run/mosquitto.sock\nallow_anonymous true\n", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_the_doors_that_a_file_opens(text, expected):
    assert doors("mosquitto", text) == expected
