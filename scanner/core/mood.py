"""What a product says in place of its usual answers: while it starts or is full, as a replica, older, or a fork."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scanner.core.facts import Access
from scanner.core.talk import HttpAnswer
from scanner.core.unheard import Unheard


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """One documented state of a service: the dialogue, and the verdict that it must get; each is played as a test."""

    name: str
    """Kebab-case, such as `starting` or `no-password-before-2.8`."""
    says: Mapping[bytes, bytes] = field(default_factory=dict)
    """How a question begins -> what is answered; b"" is said as soon as somebody connects."""
    otherwise: bytes = b""
    """The answer to every other question; it hangs up when empty."""
    hangs_up: bool = False
    """Whether it closes once it has said something."""
    pages: Mapping[str, HttpAnswer] = field(default_factory=dict)
    """Path -> answer of a web service; every other path gets the answer of `*`, else 404."""
    product: str | None = None
    """The product that must be named, where it is not the service's usual one."""
    nameless: bool = False
    """Whether nothing that it says names it: then it has no access, and only the reason counts."""
    access: Access = Access.UNKNOWN
    unheard: Unheard | None = None
    """Why that is inconclusive: it says that it answers nobody now, which is neither open nor protected."""


def said(body: str = "", status: int = 200, **headers: str) -> HttpAnswer:
    """Return a page of a mood; `content_type` stands for Content-Type."""
    return HttpAnswer(
        status=status,
        headers=tuple((name.replace("_", "-").lower(), value) for name, value in headers.items()),
        body=body.encode(),
    )
