"""Text made inert for Markdown (CommonMark, with GitHub's tables, mentions and bare links)."""

import re
from collections.abc import Iterable

_RISKY = re.compile(
    r"[@#\\`<>&|*_~\[\]$]|www\.|:\S|\bGH-\d|\b[0-9a-f]{7,}\b|^\s*([-+=]|\d+[.)])",
    re.IGNORECASE,
)
_TICKS = re.compile(r"`+")


def prose(text: str) -> str:
    """Return a sentence that renders as written: no link, mention, image, emphasis or HTML comes out of it.

    A reader such as GitHub links `@name`, `#12` and bare addresses after Markdown is parsed, where a backslash no
    longer helps; a sentence that holds such a thing becomes a code span.
    """
    return code(text) if _RISKY.search(text) else text


def code(text: str) -> str:
    """Return an inline code span that shows the text as it is, also within a table cell."""
    if not text.strip():
        return ""
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    # GitHub splits table cells before it looks for code, and takes the backslash away again.
    return f"{fence}{pad}{text}{pad}{fence}".replace("|", "\\|")


def block(lines: Iterable[str]) -> str:
    """Return a fenced code block that no line can close."""
    text = "\n".join(lines)
    fence = "`" * max(_longest_run(text) + 1, 3)
    return f"{fence}text\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in _TICKS.findall(text)), default=0)
