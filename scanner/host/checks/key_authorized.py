"""Public keys that may log in: root's, and those with the marks of a campaign."""

import re
from collections.abc import Iterator

from scanner.host.check import Check, Kind, Sign, Weight, about_file, sentence
from scanner.host.snapshot import Snapshot

# A forced command that is a shell or a download, and the padding that Redis leaves around a key which it wrote.
_FORCED = re.compile(r'command="[^"]*(?:curl|wget|/tmp/|/dev/shm/|nc |bash -i)')
_PADDING = re.compile(r"REDIS\d{4}|redis-ver")


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    marked = {line.file for line in snapshot.keys if _PADDING.search(line.text)}
    for line in snapshot.keys:
        if not re.search(r"(?:ssh-|ecdsa-|sk-)\S+ \S+", line.text):
            continue
        forced = Weight.WEAK if _FORCED.search(line.text) else Weight.NOTE
        weight = Weight.STRONG if line.file in marked else forced
        comment = line.text.split()[-1]
        why = ", in a file that Redis wrote" if line.file in marked else ""
        subject = about_file(Kind.FILE, line.file, f"{line.file} ({line.user})")
        yield Sign(
            CHECK.id,
            subject,
            weight,
            sentence(f"{line.file}:{line.line} lets the key {comment} in as {line.user}{why}"),
        )


CHECK = Check(
    id="key-authorized",
    title="A public key may log in",
    reads="authorized_keys of every account, and where AuthorizedKeysFile of sshd_config points",
    proves="Whoever holds the private key logs in as this user; attacks add their own.",
    wrong="Nearly all keys are honest: notes. Weak where the key forces a download, strong where Redis wrote the file.",
    decide="ssh-keygen -lf {path} # which of these do you know?",
    root=True,
    attack=("T1098.004",),
    cwe=(506, 284),
    ask=_ask,
)
