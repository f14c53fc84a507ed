"""Accounts that are as strong as root, or need no password."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from scanner.host.check import Check, Kind, Sign, Weight, about_file, sentence
from scanner.host.snapshot import Snapshot

_NO_LOGIN = frozenset({"nologin", "false", "sync", "shutdown", "halt"})
# FreeBSD's and some appliances' own second name of root.
_KNOWN = frozenset({"root", "toor"})


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for account in snapshot.accounts:
        login = PurePosixPath(account.shell).name not in _NO_LOGIN
        subject = about_file(Kind.ACCOUNT, account.name, f"account {account.name}")
        if account.uid == 0 and account.name not in _KNOWN:
            detail = f"/etc/passwd:{account.line} gives {account.name} the user id 0: it is a second root"
            yield Sign(CHECK.id, subject, Weight.STRONG if login else Weight.WEAK, sentence(detail))
        if account.no_password and login:
            detail = f"/etc/passwd:{account.line} lets {account.name} in without a password"
            yield Sign(f"{CHECK.id}/no-password", subject, Weight.WEAK, sentence(detail))


CHECK = Check(
    id="user-added",
    title="An account that is a second root, or needs no password",
    reads="/etc/passwd, and /etc/shadow as root",
    proves="Somebody made an account with user id 0, or took the password away.",
    wrong="A second root made on purpose. An account without a password on a live system: one weak sign.",
    decide="grep ':0:' /etc/passwd; last {name}; chage -l {name}",
    root=True,
    attack=("T1136.001", "T1098"),
    cwe=(506, 284),
    ask=_ask,
)
