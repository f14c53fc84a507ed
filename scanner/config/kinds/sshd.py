"""sshd_config: `Keyword value` or `Keyword=value` lines, the first one wins (sshd_config(5))."""

import re

from scanner.config.kind import ConfigKind
from scanner.config.lines import read_words
from scanner.config.setting import Settings

_EQUALS = re.compile(r"^([ \t]*\w+)[ \t]*=[ \t]*", re.MULTILINE)


def _read(text: str, file: str) -> Settings:
    return read_words(_EQUALS.sub(r"\1 ", text), file)


KIND = ConfigKind(
    id="sshd",
    title="OpenSSH server",
    names=("sshd_config", "sshd_config.d/*.conf"),
    places=("etc/ssh/sshd_config", "etc/ssh/sshd_config.d/*.conf"),
    read=_read,
    programs=("sshd",),
    file_option=("-f",),
)
