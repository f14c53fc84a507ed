import pytest
from hypothesis import settings

pytest_plugins = ["tests.fleet.plugin"]

# Whether an example is right is tested, never how long a busy machine takes for it.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


REAL_FIXTURES = {"server", "module_server", "cable"}
"""Whoever asks for one of them starts a program that may have to be installed first."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what needs more than Python, and give the laboratories one worker: they share the kernel's tables."""
    for item in items:
        if REAL_FIXTURES & set(item.fixturenames):
            item.add_marker(pytest.mark.real)
        if item.nodeid.startswith(("tests/lab/", "tests/sweep/syn/")):
            item.add_marker(pytest.mark.xdist_group("laboratory"))
        if item.nodeid.startswith("tests/lab/") or "cable" in item.fixturenames:
            item.add_marker(pytest.mark.root)
