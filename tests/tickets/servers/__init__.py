"""Servers that hold each tracker to its documented interface; a class with a `tracker` runs through every story."""

import pkgutil
from importlib import import_module

from tests.tickets.servers.strict import Strict


def all_servers() -> list[type[Strict]]:
    """Return the server classes of this folder, sorted by name."""
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = {
        one
        for module in modules
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Strict) and one.tracker
    }
    return sorted(found, key=lambda one: one.__name__)
