"""Numbers of things in words: one is no plural."""

_FIRST_GROUPED = 10_000
"""From here on digits are grouped: 1312 keys, 12,000 addresses."""
_ODD = {"index": "indices", "proxy": "proxies"}
_HISSING = ("s", "x", "ch", "sh")


def counted(number: int | None, noun: str, one: str = "", many: str = "") -> str:
    """Return `1 port`, `2 ports`, `12,000 addresses`; the last word of the noun takes the plural.

    A verb may follow, as it reads after one and after several: `1 port is`, `2 ports are`.
    """
    if number is None:
        return f"an unknown number of {plural(noun)}"
    shown = f"{number:,}" if number >= _FIRST_GROUPED else str(number)
    words = (shown, noun, one) if number == 1 else (shown, plural(noun), many)
    return " ".join(filter(None, words))


def plural(noun: str) -> str:
    """Return more than one of a noun whose last word can be counted."""
    before, blank, last = noun.rpartition(" ")
    if last in _ODD:
        return f"{before}{blank}{_ODD[last]}"
    if last.endswith("y") and last[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}{'es' if noun.endswith(_HISSING) else 's'}"
