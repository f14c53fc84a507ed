import os
import sys

import pytest
from hypothesis import settings

pytest_plugins = ["tests.fleet.plugin"]

# Containers set it to stay small; here each of the many commands that tests start would compile everything anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Whether an example is right is tested, never how long a busy machine takes for it.
settings.register_profile("patient", deadline=None)
# `make quick` looks for what is plainly wrong; the rare cases are left to `make test`.
settings.register_profile("quick", deadline=None, max_examples=15)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "patient"))


REAL_FIXTURES = {"server", "module_server", "cable"}
"""Whoever asks for one of them starts a program that may have to be installed first."""


LONGEST_ID = 80


def pytest_make_parametrize_id(val, argname):
    """Name a long text by its length: its 50,000 characters would stand in every report of the run."""
    return f"{argname}-of-{len(val)}" if isinstance(val, str | bytes) and len(val) > LONGEST_ID else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what needs more than Python, and give the laboratories one worker: they share the kernel's tables."""
    for item in items:
        if os.geteuid() != 0 and item.get_closest_marker("low_port"):
            item.add_marker(pytest.mark.skip(reason="only root listens below 1024"))
        if REAL_FIXTURES & set(item.fixturenames):
            item.add_marker(pytest.mark.real)
        if item.nodeid.startswith(("tests/lab/", "tests/sweep/syn/")):
            item.add_marker(pytest.mark.xdist_group("laboratory"))
        elif not item.get_closest_marker("xdist_group") and has_module_fixture(item):
            item.add_marker(pytest.mark.xdist_group(item.path.relative_to(item.config.rootpath).as_posix()))
        if item.nodeid.startswith("tests/lab/") or "cable" in item.fixturenames:
            item.add_marker(pytest.mark.root)


def has_module_fixture(item):
    """Tell whether a test needs what its file makes once: each worker that gets one of them would make it again."""
    fixtures = item._fixtureinfo.name2fixturedefs
    return any(made[-1].scope == "module" for made in fixtures.values())
