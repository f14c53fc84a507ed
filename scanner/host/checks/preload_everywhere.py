"""A library that is loaded into every program."""

from collections.abc import Iterator

from scanner.host.check import Check, Kind, Sign, Weight, about_file, sentence
from scanner.host.snapshot import Snapshot

# Allocators and fakeroot-like helpers that administrators do preload everywhere.
_KNOWN = (
    "libjemalloc",
    "libtcmalloc",
    "libmimalloc",
    "libhardened_malloc",
    "libkeepalive",
    "libsnoopy",
    "liboneagentproc",
)


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    for line in snapshot.preloads:
        honest = line.text.rpartition("/")[2].startswith(_KNOWN) and line.text.startswith(("/usr/", "/lib", "/opt/"))
        weight = Weight.NOTE if honest else Weight.STRONG
        subject = about_file(Kind.FILE, line.file, f"{line.file} ({line.text})")
        yield Sign(
            CHECK.id,
            subject,
            weight,
            sentence(f"{line.file}:{line.line} loads {line.text} into every program"),
            (line.text,),
        )


CHECK = Check(
    id="preload-everywhere",
    title="A library is loaded into every program",
    reads="/etc/ld.so.preload",
    proves="Every program that starts runs this library's code first: user-space rootkits hide processes and files so.",
    wrong="Known allocators and a few agents are notes. Other agents that you installed yourself look the same.",
    decide="dpkg -S {path} || rpm -qf {path}; strings {path} | grep -i -e readdir -e /proc",
    attack=("T1574.006", "T1014"),
    ask=_ask,
)
