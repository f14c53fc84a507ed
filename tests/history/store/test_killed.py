"""A writer that is killed at any moment loses at most the run that it was writing, and the next one says so."""

import subprocess
import sys

import pytest
from sqlalchemy import select

from scanner.history.store.add import add_run
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from scanner.history.store.tables import finding, run
from tests.history.store.told import HOSTS, NOW, found, told

_WRITER = """
import sys
from scanner.history.store.add import add_run
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from tests.history.store.told import HOSTS, NOW, found, told
with Store(read_place(sys.argv[1])) as store:
    for day in range(1, 60):
        add_run(store, told(day, *map(found, HOSTS)), NOW)
        print(day, flush=True)
"""


@pytest.mark.parametrize("kept", [1, 2, 5, 9])
def test_what_was_added_before_the_kill_is_there(url, kept):
    Store(read_place(url)).close()
    with subprocess.Popen([sys.executable, "-c", _WRITER, url], stdout=subprocess.PIPE, text=True) as writer:
        said = [writer.stdout.readline() for _ in range(kept)][-1]
        writer.kill()
    with Store(read_place(url)) as store:
        with store.reading() as connection:
            runs = set(connection.scalars(select(run.c.run_id)))
        assert {f"run-{day}-" for day in range(1, int(said) + 1)} <= runs
        lost = add_run(store, told(60, *map(found, HOSTS)), NOW).lost
        with store.reading() as connection:
            assert len(connection.execute(select(finding)).all()) == len(HOSTS)
        # The one that was being written is named, if it was not kept.
        assert len(lost) <= 1
        assert not set(lost) & runs
