"""Who may see the page: names and scrypt digests in a file of their own (RFC 7914).

A line is `name:n:r:p:salt:digest`, salt and digest in hexadecimal. There is no first visitor who becomes administrator:
whoever runs the server writes the file.
"""

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from scanner.core.errors import UsageError
from scanner.core.private_file import private_text

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_N, _R, _P = 2**15, 8, 1
"""32 MiB and some 0.1 s for each guess."""
_MOST_MEMORY = 128 << 20
_LEAST_CHARS = 12
_MOST_CHARS = 1_024
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class User:
    """One line of the file."""

    name: str
    n: int
    r: int
    p: int
    salt: bytes
    digest: bytes

    def knows(self, password: str) -> bool:
        """Tell whether a password is this user's; takes a tenth of a second of processor time."""
        data = password[:_MOST_CHARS].encode()
        found = hashlib.scrypt(data, salt=self.salt, n=self.n, r=self.r, p=self.p, maxmem=_MOST_MEMORY, dklen=32)
        return hmac.compare_digest(found, self.digest)

    @property
    def line(self) -> str:
        """The user as a line of the file."""
        return f"{self.name}:{self.n}:{self.r}:{self.p}:{self.salt.hex()}:{self.digest.hex()}"


def make_user(name: str, password: str) -> User:
    """Return a user with a new salt; raises UsageError for a name or a password that is none."""
    if not _NAME.fullmatch(name):
        raise UsageError("a user is named by lower-case letters, digits, dot, dash and underscore")
    if not _LEAST_CHARS <= len(password) <= _MOST_CHARS:
        raise UsageError(f"a password has {_LEAST_CHARS} characters or more (and at most {_MOST_CHARS})")
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=_MOST_MEMORY, dklen=32)
    return User(name, _N, _R, _P, salt, digest)


NOBODY = User("", _N, _R, _P, b"\0" * 16, b"\0" * 32)
"""Asked in the place of a user who is not there, so that names can't be told by the time that an answer takes."""


def read_users(path: Path) -> dict[str, User]:
    """Return the users of a file by name; raises UsageError for a line that is none, or a file that others may read."""
    text = private_text(path, "the users", _MOST_BYTES, "; make it with --add-user")
    users: dict[str, User] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            user = _parse(line, path, number)
            users[user.name] = user
    if not users:
        raise UsageError("no user in the file; make one with --add-user NAME", file=path)
    return users


def _parse(line: str, path: Path, number: int) -> User:
    try:
        name, n, r, p, salt, digest = line.strip().split(":")
        user = User(name, int(n), int(r), int(p), bytes.fromhex(salt), bytes.fromhex(digest))
    except ValueError:
        raise UsageError("is no user; make it with --add-user NAME", file=path, line=number) from None
    bounded = user.n in {2**power for power in range(14, 18)} and user.r == _R and user.p in range(1, 5)
    if not _NAME.fullmatch(user.name) or not bounded or len(user.digest) != 32 or len(user.salt) < 16:
        raise UsageError("is no user; make it with --add-user NAME", file=path, line=number)
    return user


def write_user(path: Path, user: User) -> None:
    """Put a user into a file, in the place of one of that name; raises UsageError."""
    lines = [] if not path.exists() else [one.line for one in read_users(path).values() if one.name != user.name]
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write("".join(f"{line}\n" for line in (*lines, user.line)))
        part.replace(path)
    except OSError as error:
        raise UsageError(f"the users can't be written: {error.strerror}", file=path) from error
