# ruff: noqa: E501 - one row of the table is one line
"""opensearch.yml: whether the security plugin asks for a login."""

import pytest

from tests.config.kinds.doors import doors

TABLE = [
    ("network.host: 0.0.0.0\nplugins.security.disabled: true\n", [("0.0.0.0:9200/tcp", "open", 1)]),
    ("network.host: 0.0.0.0\n", [("0.0.0.0:9200/tcp", "unknown", 1)]),
    ("network.host: 0.0.0.0\nplugins.security.ssl.http.enabled: true\n", [("0.0.0.0:9200/tcp", "closed", 1)]),
    ("network.host: 0.0.0.0\nplugins.security.ssl.http.enabled: true\nplugins.security.ssl_only: true\n", [("0.0.0.0:9200/tcp", "open", 1)]),
    ("network.host: 0.0.0.0\nplugins.security.ssl.http.enabled: true\nopendistro_security.disabled: true\n", [("0.0.0.0:9200/tcp", "open", 1)]),
    ("network.host: 0.0.0.0\nplugins.security.ssl.http.enabled: true\nplugins.security.disabled: false\n", [("0.0.0.0:9200/tcp", "closed", 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_the_doors_that_a_file_opens(text, expected):
    assert doors("opensearch", text) == expected
