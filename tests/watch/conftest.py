from tests.history.store.conftest import empty_file, file, store  # noqa: F401 - fixtures by name
