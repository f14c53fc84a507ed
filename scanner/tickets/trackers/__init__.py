"""One file per tracker; each has a KIND. Nothing is listed anywhere: what stands in this folder is a tracker."""

import pkgutil


def tracker_names() -> tuple[str, ...]:
    """Return the names of all trackers, sorted, without loading one."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))
