import pytest
from hypothesis import settings

pytest_plugins = ["tests.fleet.plugin"]

# Whether an example is right is tested, never how long a busy machine takes for it.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_collection_modifyitems(items):
    """Give the laboratories one worker: the kernel's neighbour table is one for the whole machine."""
    for item in items:
        if item.nodeid.startswith(("tests/lab/", "tests/sweep/syn/")):
            item.add_marker(pytest.mark.xdist_group("laboratory"))
