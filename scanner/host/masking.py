"""Takes what looks like a secret out of a command line, before it gets into a report; pure."""

import re
from functools import lru_cache

_VALUE = r"""(?:"[^"]{0,300}"|'[^']{0,300}'|\S{1,300})"""
_LONG = r"(?:password|passwd|pass|requirepass|masterauth|token|secret|api-?key|access-?key)"
# What follows a password option, stands in a variable named so, in a URL before the @, or in a header.
_SECRET = re.compile(
    rf"(?P<option>(?<![\w-])--?[\w-]{{0,40}}{_LONG}(?:=|\s+))(?!-){_VALUE}"
    rf"|(?P<variable>\b[\w-]{{0,40}}(?:PASSWORD|PASSWD|PASS|TOKEN|SECRET|KEY)=){_VALUE}"
    rf"|(?P<short>(?<!\S)-p)(?!\d{{1,5}}(?:\D|$))[^\s-]\S{{0,300}}"
    rf"|(?P<user>(?<!\S)(?:-u|--user)[\s=]+[^\s:]{{1,100}}:){_VALUE}"
    r"|(?P<url>://[^/\s:@]{0,100}:)[^@\s]{1,300}(?=@)"
    r"|(?P<header>\b(?:Authorization|X-Api-Key|X-Auth-Token):\s*(?:\w+\s+)?)\S{1,500}",
    re.IGNORECASE,
)


@lru_cache(maxsize=16_384)
def without_secrets(text: str) -> str:
    """Return a command line with what looks like a secret taken out."""
    return _SECRET.sub(lambda found: f"{found[found.lastgroup or 0]}***", text)
