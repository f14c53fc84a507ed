"""Who may log in and what they left: accounts, authorized keys, shell histories, libraries loaded into everything."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from scanner.config.kinds import sshd
from scanner.host.reading.files import Files
from scanner.host.snapshot import Account, History, HistoryState, Line

PRELOAD = "etc/ld.so.preload"
_HISTORIES = (".bash_history", ".zsh_history", ".sh_history", ".ash_history", ".local/share/fish/fish_history")
_KEYS = (".ssh/authorized_keys", ".ssh/authorized_keys2")
_WATCHED = (
    "etc/crontab", "etc/cron.d", "etc/cron.d/*", "var/spool/cron/crontabs/*", "var/spool/cron/*", "etc/ld.so.preload",
    "etc/passwd", "etc/shadow", "root/.ssh", "root/.ssh/authorized_keys", "home/*/.ssh/authorized_keys", "etc/rc.local",
)  # fmt: skip
# utmp(5): struct utmp on Linux.
_RECORD_BYTES = 384
_RECORDS = 20_000
_USER_PROCESS = 7
# sshd_config(5), TOKENS.
_TOKEN = re.compile(r"%([%huU])")
_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,40}")
# include/uapi/linux/fs.h: FS_IOC_GETFLAGS for 64-bit machines, FS_IMMUTABLE_FL.
_FS_IOC_GETFLAGS = 0x8008_6601
_FS_IMMUTABLE_FL = 0x10


def read_accounts(files: Files) -> tuple[Account, ...]:
    """Return the accounts of /etc/passwd; without permission for /etc/shadow an empty password there stays unseen."""
    shadow = {line.split(":")[0]: line.split(":")[1:2] for _, line in files.lines(files.root / "etc/shadow", "")}
    found: list[Account] = []
    for number, line in files.lines(files.root / "etc/passwd"):
        # As glibc reads them: a sign may precede a number, and what stands behind the group may be missing.
        fields = [*line.split(":"), "", "", ""]
        if len(fields) >= 7 and _NUMBER.fullmatch(fields[2]) and _NUMBER.fullmatch(fields[3]):
            found.append(
                Account(
                    name=fields[0],
                    uid=abs(int(fields[2])),
                    line=number,
                    home=fields[5],
                    shell=fields[6],
                    no_password=fields[1] == "" or (fields[1] == "x" and shadow.get(fields[0]) == [""]),
                )
            )
    return tuple(found)


def read_preloads(files: Files) -> tuple[Line, ...]:
    """Return the libraries of /etc/ld.so.preload."""
    path = files.root / PRELOAD
    lines = files.lines(path)
    return tuple(
        Line(file=files.shown(path), line=number, text=word)
        for number, line in lines
        for word in re.split(r"[\s:]+", line)
        if word
    )


def read_keys(files: Files, accounts: tuple[Account, ...]) -> tuple[Line, ...]:
    """Return the public keys that may log in, from where sshd looks for them (AuthorizedKeysFile)."""
    patterns = list(_KEYS)
    for path in files.find("etc/ssh/sshd_config", "etc/ssh/sshd_config.d/*.conf"):
        for entry in sshd.KIND.read(files.text(path) or "", str(path)).all("authorizedkeysfile"):
            patterns += entry.value.split()
    found: dict[tuple[str, int], Line] = {}
    for account in accounts:
        for pattern in dict.fromkeys(patterns):
            place = _place(pattern, account)
            path = files.root / (place if place.startswith("/") else f"{account.home}/{place}").lstrip("/")
            for number, line in files.lines(path):
                shown = files.shown(path)
                found.setdefault((shown, number), Line(file=shown, line=number, text=line, user=account.name))
    return tuple(found.values())


def _place(pattern: str, account: Account) -> str:
    tokens = {"%": "%", "h": account.home, "u": account.name, "U": str(account.uid)}
    return _TOKEN.sub(lambda found: tokens[found[1]], pattern)


def read_histories(files: Files, accounts: tuple[Account, ...]) -> tuple[History, ...]:
    """Return the shell histories that were wiped; looks at the files' size and kind, not at what they hold."""
    logged_in = _logged_in(files)
    return tuple(history for account in accounts for history in _wiped(files, account, account.name in logged_in))


def _wiped(files: Files, account: Account, logged_in: bool) -> Iterator[History]:
    for name in _HISTORIES:
        path = files.root / f"{account.home}/{name}".lstrip("/")
        if not files.inside(path.parent):
            continue
        try:
            target = str(path.readlink())
        except OSError:
            target = ""
        if target == "/dev/null":
            yield History(file=files.shown(path), user=account.name, state=HistoryState.LINKED_AWAY)
        elif not target and logged_in and path.is_file() and path.stat().st_size == 0:
            yield History(file=files.shown(path), user=account.name, state=HistoryState.EMPTY)


def read_history_lines(files: Files, accounts: tuple[Account, ...]) -> tuple[Line, ...]:
    """Return the lines of the shell histories, for --history alone."""
    return tuple(
        Line(file=files.shown(path), line=number, text=line, user=account.name)
        for account in accounts
        for name in _HISTORIES
        for path in [files.root / f"{account.home}/{name}".lstrip("/")]
        for number, line in files.lines(path)
    )


def _logged_in(files: Files) -> set[str]:
    """Return the users that the newest records of wtmp name: type 7 is a login, the user stands at 44 (utmp(5))."""
    logs = (files.root / "var/log/wtmp.1", files.root / "var/log/wtmp")
    records = (record for log in logs for record in files.records(log, _RECORD_BYTES, _RECORDS))
    return {
        record[44:76].split(b"\0")[0].decode("utf-8", "replace") for record in records if record[0] == _USER_PROCESS
    }


def read_immutable(files: Files) -> tuple[str, ...]:
    """Return the watched files that nobody may change or remove, not even root, before the flag is taken away."""
    return tuple(files.shown(path) for path in files.find(*_WATCHED) if _immutable(path))


def _immutable(path: Path) -> bool:
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        flags = fcntl.ioctl(descriptor, _FS_IOC_GETFLAGS, b"\0" * 8)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return bool(int.from_bytes(flags[:4], "little") & _FS_IMMUTABLE_FL)
