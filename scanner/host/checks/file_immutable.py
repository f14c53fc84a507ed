"""A start-up or account file that not even root may change before a flag is taken away."""

from collections.abc import Iterator

from scanner.host.check import Check, Kind, Sign, Weight, about_file, sentence
from scanner.host.snapshot import Snapshot


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for path in snapshot.immutable:
        yield Sign(
            CHECK.id, about_file(Kind.FILE, path), Weight.WEAK, sentence(f"{path} has the immutable flag"), (path,)
        )


CHECK = Check(
    id="file-immutable",
    title="A start-up or account file is immutable",
    reads="the flags (FS_IOC_GETFLAGS) of cron, ssh, preload, passwd and rc.local files",
    proves="Somebody set chattr +i, as campaigns do so that their entries can't be removed.",
    wrong="Hardening guides set it on passwd, and some tools on keys: one weak sign.",
    decide="lsattr {path}; chattr -i {path} # then look at it",
    root=True,
    attack=("T1222.002",),
    ask=_ask,
)
