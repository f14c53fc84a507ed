"""Every exit code of every command, and what each means: the documentation's tables are written from here."""

from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """What `exposure` exits with; `meaning` says it in one line, MEANINGS what it says of one command."""

    meaning: str

    def __new__(cls, number: int, meaning: str) -> "ExitCode":
        """Make a code that knows its meaning."""
        code = int.__new__(cls, number)
        code._value_ = number
        code.meaning = meaning
        return code

    CLEAN = 0, "the answer is the good one: nothing to act on, and everything that was planned was looked at"
    FINDINGS = 1, "the answer is the bad one: something was found to act on"
    USAGE = 2, "the command line, a file that it names, or the scope is wrong; nothing was sent"
    NOTHING_SCANNED = 3, "the work could not be done; that is not clean"
    INCOMPLETE = 4, "no bad answer, but not everything could be looked at"
    INTERNAL_ERROR = 70, "a fault of exposure itself (EX_SOFTWARE of sysexits.h); please report it"
    INTERRUPTED = 130, "stopped by Ctrl-C or a signal (128 + SIGINT)"


_SCAN: Final = {
    ExitCode.CLEAN: "clean: everything planned was looked at, nothing at or above `--fail-on` that is new",
    ExitCode.FINDINGS: "a finding at or above `--fail-on` that is neither accepted nor in the baseline",
    ExitCode.NOTHING_SCANNED: "nothing could be scanned, no host answered at all, or a report can't be written",
    ExitCode.INCOMPLETE: "not everything was looked at (`--allow-incomplete` lets that pass, `--min-coverage` asks for "
    "a share)",
    ExitCode.INTERRUPTED: "interrupted: the report holds what was seen until then",
}

_HISTORY: Final = {
    ExitCode.CLEAN: "told, whatever the answer is",
    ExitCode.NOTHING_SCANNED: "the history is not there or can't be used",
}

MEANINGS: Final[dict[str, dict[ExitCode, str]]] = {
    "scan": _SCAN,
    "demo": {
        ExitCode.FINDINGS: "the demo worked: what stands open on purpose was found, and so a scan of it exits",
        ExitCode.NOTHING_SCANNED: "no stand-in was seen, or a report can't be written",
    },
    "services": {ExitCode.CLEAN: "listed"},
    "checks new": {ExitCode.CLEAN: "printed"},
    "checks lint": {ExitCode.CLEAN: "every check is valid", ExitCode.USAGE: "a check is wrong"},
    "checks try": {ExitCode.CLEAN: "tried, whatever came out"},
    "merge": {
        ExitCode.CLEAN: "clean: the runs together looked at everything, nothing at or above `--fail-on` that is new",
        ExitCode.FINDINGS: "a finding of any of the runs at or above `--fail-on`, neither accepted nor in the baseline",
        ExitCode.USAGE: "a report can't be read, or is no part of the same run as the others",
        ExitCode.NOTHING_SCANNED: "none of the runs looked at anything, or no host answered any of them",
        ExitCode.INCOMPLETE: "a shard is missing, or not all was looked at (`--allow-incomplete`, `--min-coverage`)",
        ExitCode.INTERRUPTED: "one of the runs was interrupted",
    },
    "worker": {
        ExitCode.CLEAN: "stopped; what it had not finished goes to another worker",
        ExitCode.USAGE: "the scope or an option is wrong, or the server is one that may not be used; nothing was sent",
        ExitCode.NOTHING_SCANNED: "the server can't be reached, refuses the credentials, or the extra is not installed",
    },
    "diff": {ExitCode.CLEAN: "nothing is new", ExitCode.FINDINGS: "a finding is new and not accepted"},
    "verify": {
        ExitCode.CLEAN: "proven closed or protected now",
        ExitCode.FINDINGS: "still exposed",
        ExitCode.INCOMPLETE: "could not be looked at",
    },
    "accept": {ExitCode.CLEAN: "accepted"},
    "audit": {
        ExitCode.CLEAN: "the chain holds to the last line",
        ExitCode.FINDINGS: "the chain is broken, or the end is missing",
        ExitCode.USAGE: "the file can't be read, or is no audit log",
    },
    "watch": {
        **_SCAN,
        ExitCode.CLEAN: "with `--once`, and when it is stopped: what the last run would have ended with",
        ExitCode.NOTHING_SCANNED: "the last run could not scan anything, or the history can't be used",
        ExitCode.INTERRUPTED: "stopped in the middle of a run",
    },
    "serve": {
        ExitCode.CLEAN: "stopped",
        ExitCode.USAGE: "it would be open to others without TLS and users; nothing listened",
        ExitCode.NOTHING_SCANNED: "the history is not there, or the port is taken",
    },
    "history add": {
        ExitCode.CLEAN: "added, or there already",
        ExitCode.USAGE: "a report can't be read; those before it, the oldest first, are added",
        ExitCode.NOTHING_SCANNED: "the history can't be used",
    },
    **{f"history {name}": _HISTORY for name in ("runs", "findings", "trend", "fix-time", "metrics", "export", "prune")},
    "history show": {**_HISTORY, ExitCode.USAGE: "no finding, or several, begin with these digits"},
    "tickets check": {
        ExitCode.CLEAN: "configuration and credentials are in place",
        ExitCode.USAGE: "something is wrong or missing",
    },
    "tickets plan": {
        ExitCode.CLEAN: "the plan stands",
        ExitCode.FINDINGS: "it would open more tickets than `--max-new`",
        ExitCode.USAGE: "the command line, a report or the configuration is wrong",
        ExitCode.NOTHING_SCANNED: "the tracker can't be read",
    },
    "tickets apply": {
        ExitCode.CLEAN: "done, or nothing to do",
        ExitCode.FINDINGS: "refused by `--max-new`; nothing was sent",
        ExitCode.USAGE: "the command line, a report or the configuration is wrong",
        ExitCode.NOTHING_SCANNED: "the tracker can't be reached, refuses the credentials or asks to wait too long; "
        "what was done stays done, run again",
        ExitCode.INCOMPLETE: "some actions were refused by the tracker; the table says which, the others were done",
        ExitCode.INTERRUPTED: "interrupted; run again",
    },
    "lint": {
        ExitCode.CLEAN: "no file opens a door to strangers; what could not be told is a note",
        ExitCode.FINDINGS: "a door at or above `--fail-on` is open, neither accepted, ignored nor in the baseline",
        ExitCode.USAGE: "a path is not there, or holds no file of a kind that is known: nothing was judged",
        ExitCode.INCOMPLETE: "a file could not be read as what it is; the others were judged",
    },
    "completion": {ExitCode.CLEAN: "printed"},
    "schema": {ExitCode.CLEAN: "printed"},
    "host": {
        ExitCode.CLEAN: "no alarm, no open door at or above `--fail-on`, and all of the machine was seen",
        ExitCode.FINDINGS: "an alarm or an open door that is neither accepted nor in the baseline",
        ExitCode.INCOMPLETE: "nothing found, but a part of the machine could not be seen (`--allow-incomplete`)",
    },
}
"""What the codes say of one command, where that is more exact than their general meaning."""
