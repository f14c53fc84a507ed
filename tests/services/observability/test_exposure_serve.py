import sys

import pytest

from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from tests.support.checks import wrong_examples


def test_the_examples_are_judged_as_written():
    assert wrong_examples("observability/exposure-serve") == []


@pytest.mark.fleet("exposure-serve", "protected")
def test_our_own_page_is_protected(server, see, tmp_path):
    history = tmp_path / "history.db"
    Store(read_place(str(history))).close()
    argv = [sys.executable, "-m", "scanner.cli", "serve", "--listen", "{address}", "--port", "8571"]
    running = server([*argv, "--history", str(history)], [8571], package="python3", ready=b"token, told once")
    assert see(running, "exposure-serve").status == "protected"
