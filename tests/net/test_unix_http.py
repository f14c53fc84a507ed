import tempfile
from pathlib import Path

import pytest

from scanner.core.errors import Malformed
from scanner.net.unix_http import get_json
from tests.support.engine import Engine


@pytest.fixture
def engine():
    with tempfile.TemporaryDirectory() as folder, Engine(Path(folder) / "s", **{"/info": [[]] * 9}) as running:
        yield Path(folder) / "s", running


def test_a_get_and_nothing_else_is_sent(engine):
    path, running = engine
    assert get_json(path, "/info") == [[]] * 9
    assert running.strange == []


def test_another_status_is_said(engine):
    with pytest.raises(Malformed, match="404 to GET /secrets"):
        get_json(engine[0], "/secrets")


def test_more_than_the_limit_is_refused(engine, monkeypatch):
    monkeypatch.setattr("scanner.net.unix_http.LIMIT_BYTES", 10)
    with pytest.raises(Malformed):
        get_json(engine[0], "/info")


def test_nobody_there_is_an_os_error(tmp_path):
    with pytest.raises(OSError):  # noqa: PT011 - the kind depends on what lies there
        get_json(tmp_path / "none", "/info")
