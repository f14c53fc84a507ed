"""What nobody foresaw while one endpoint was looked at, in one line for its report."""

import traceback

from scanner.core.text import clean


def describe_crash(error: Exception, asker: str = "identify") -> str:
    """Return in one line what was raised, by whom and where in the code."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
    return clean(f"{asker}: {type(error).__name__}: {error} at {place}; please report this", 300)
