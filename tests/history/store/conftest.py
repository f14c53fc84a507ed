import itertools
import os
import shutil

import pytest

from scanner.history.store.add import add_run
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from tests.history.store.told import NOW, run_of
from tests.services.datastores.test_postgresql_real import cluster, psql, start  # noqa: F401 - fixtures by name


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory):
    """An empty history, migrated once: the migration is the slow part."""
    path = tmp_path_factory.mktemp("history") / "empty.db"
    Store(read_place(str(path))).close()
    return path


@pytest.fixture
def file(empty_file, tmp_path):
    path = tmp_path / "history.db"
    shutil.copyfile(empty_file, path)
    return path


@pytest.fixture
def store(file):
    with Store(read_place(str(file))) as held:
        yield held


@pytest.fixture(scope="module")
def as_root():
    if os.geteuid() != 0:
        pytest.skip("the data directory is made for the user postgres")


@pytest.fixture(scope="module")
def postgresql(as_root, module_server, cluster):  # noqa: F811
    """Return the URL of a new database of one real server, each time that it is called."""
    running = start(module_server, cluster, "host all all 127.0.0.0/8 trust")
    numbers = itertools.count()

    def make() -> str:
        name = f"history{next(numbers)}"
        psql(running, "postgres", f"create database {name}")
        return f"postgresql://postgres@{running.address}:5432/{name}"

    return make


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def url(request, file):
    """Return the place of an empty history, in a file and in a real PostgreSQL."""
    return str(file) if request.param == "sqlite" else request.getfixturevalue("postgresql")()


@pytest.fixture
def file_of_nothing(tmp_path):
    """A place where no file is yet."""
    return tmp_path / "nothing.db"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def places(request, tmp_path):
    """Return two places where nothing is yet, in files and in a real PostgreSQL."""
    if request.param == "sqlite":
        return str(tmp_path / "one.db"), str(tmp_path / "other.db")
    make = request.getfixturevalue("postgresql")
    return make(), make()


@pytest.fixture
def filled(url):
    with Store(read_place(url)) as store:
        for day in range(1, 31):
            add_run(store, run_of(day), NOW)
        yield store
