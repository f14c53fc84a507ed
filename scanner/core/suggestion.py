"""What a mistyped word was probably meant to be."""

from collections.abc import Iterable

_ALIKE = 0.7
"""Share of letters in common from which a word is worth a guess (difflib's ratio)."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'redis'?" for 'reddis', and nothing where no known word is near."""
    from difflib import get_close_matches

    near = get_close_matches(word.lower(), list(known), n=1, cutoff=_ALIKE)
    return f"; did you mean '{near[0]}'?" if near else ""
