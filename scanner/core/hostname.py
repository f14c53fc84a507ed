"""Names of hosts as strangers give them: kept as labels when they have the form of one, else not at all."""

import re

_LONGEST = 253
# RFC 1123 section 2.1 and RFC 1035 section 2.3.4; the underscore is in no host name by the book, and in many by use.
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"(?:{_LABEL}\.)*(?!\d+\Z){_LABEL}")


def host_name(text: str, *, wildcard: bool = False) -> str | None:
    """Return a host name in lower case without its final dot; None for what has not the form of one.

    A name whose last label is a number is none: it would be read as an address (RFC 3696 section 2). With `wildcard`
    it may begin with `*.`, as the names of certificates do.
    """
    name = text.removesuffix(".").lower()
    bare = name.removeprefix("*.") if wildcard else name
    # Lower case turns some other letters into ASCII: U+212A, the Kelvin sign, becomes a k.
    return name if text.isascii() and len(name) <= _LONGEST and _NAME.fullmatch(bare) else None
