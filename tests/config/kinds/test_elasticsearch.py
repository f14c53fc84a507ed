# ruff: noqa: E501 - one row of the table is one line
"""elasticsearch.yml: where its HTTP port listens, and whether a stranger has to log in."""

import pytest

from tests.config.kinds.doors import doors

TABLE = [
    ("network.host: 0.0.0.0\nxpack.security.enabled: false\n", [("0.0.0.0:9200/tcp", "open", 1)]),
    ("network:\n  host: [_local_, _site_]\nhttp.port: 9201-9210\n", [("127.0.0.1:9201/tcp", "unknown", 2), ("_site_:9201/tcp", "unknown", 2)]),
    ("network.host: 10.0.0.5\nhttp.host: 127.0.0.1\nxpack.security.enabled: true\n", [("127.0.0.1:9200/tcp", "closed", 2)]),
    ("cluster.name: x\n", [("127.0.0.1:9200/tcp", "unknown", None)]),
    ("http.host: 10.0.0.5\nxpack.security.authc:\n  anonymous:\n    roles: [viewer]\nxpack.security.enabled: true\n", [("10.0.0.5:9200/tcp", "open", 1)]),
    ("http.host: 10.0.0.5\nxpack.security.authc.anonymous.username: x\nxpack.security.enabled: true\n", [("10.0.0.5:9200/tcp", "closed", 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_the_doors_that_a_file_opens(text, expected):
    assert doors("elasticsearch", text) == expected
