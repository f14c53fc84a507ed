"""Every error that the scanner raises on purpose.

ScannerError
├─ UsageError        USAGE             the command line or a file that it names is wrong
├─ ScopeError        USAGE             an address outside the permitted scope was about to be contacted
├─ SetupError        NOTHING_SCANNED   this machine lacks something: a privilege, a tool, file descriptors
├─ StoreError        NOTHING_SCANNED   the run's own database can't be used
├─ ReportError       NOTHING_SCANNED   a report can't be written
└─ TalkError                           a peer misbehaved; never leaves probes/runner
   ├─ Refused  Unreachable  Reset  ClosedEarly  TimedOut  LocalFault
   │     TimedOut ── NeverAccepted    LocalFault ── Crowded
   ├─ TlsFailed ── ClientCertificateWanted
   ├─ TooLarge  Malformed
   └─ NotAllowed                       a probe tried to send what it had not declared: our own bug, and nothing was sent
"""

from pathlib import Path

from scanner.core.exit_code import ExitCode


class ScannerError(Exception):
    """An error meant for the user: one line that says what happened, on what, and what to do next."""

    exit_code = ExitCode.NOTHING_SCANNED


class UsageError(ScannerError):
    """The command line, or a file that it names, can't be used as written."""

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, *, file: Path | str | None = None, line: int | None = None) -> None:
        self.file = file
        self.line = line
        where = "" if file is None else f"{file}: " if line is None else f"{file}:{line}: "
        super().__init__(where + message)


class ScopeError(ScannerError):
    """An address outside the permitted scope was about to be contacted; nothing was sent."""

    exit_code = ExitCode.USAGE


class SetupError(ScannerError):
    """This machine lacks a privilege, a tool or a resource that the run needs."""


class StoreError(ScannerError):
    """The database that holds runs can't be opened, locked or trusted."""


class ReportError(ScannerError):
    """A report can't be written where it was asked for."""


class TalkError(ScannerError):
    """A conversation with a peer ended without an answer."""


class Refused(TalkError):
    """The peer answered the connection attempt with a reset (ECONNREFUSED)."""


class Unreachable(TalkError):
    """A router or the peer's host said that there is no way (ICMP unreachable or prohibited)."""


class Reset(TalkError):
    """The peer reset an established connection."""


class ClosedEarly(TalkError):
    """The peer closed before it had said what was asked; `got` is what arrived until then."""

    def __init__(self, message: str, got: bytes = b"") -> None:
        self.got = got
        super().__init__(message)


class TimedOut(TalkError):
    """The peer did not answer in time; `got` is what arrived until then."""

    def __init__(self, message: str, got: bytes = b"") -> None:
        self.got = got
        super().__init__(message)


class NeverAccepted(TimedOut):
    """The peer did not accept a connection in time: a filter, a ban, or a machine that is gone."""


class LocalFault(TalkError):
    """This machine, not the peer, failed: no descriptors, no buffers, no local port, no route."""


class Crowded(LocalFault):
    """This machine has too much open at once: out of descriptors, buffers or local ports, which passes."""


class TlsFailed(TalkError):
    """The TLS handshake failed."""


class ClientCertificateWanted(TlsFailed):
    """The peer speaks TLS and refuses anybody without a client certificate."""


class TooLarge(TalkError):
    """The peer sent more than the byte budget of the conversation."""


class Malformed(TalkError):
    """The peer's bytes do not follow the protocol that was asked for."""


class NotAllowed(TalkError):
    """A probe tried to send something that it had not declared; nothing was sent."""


def first_of(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first error of ours in a group, however deep it lies; the group as it is when there is none."""
    ours = errors.subgroup(ScannerError)
    if ours is None:
        return errors
    first = ours.exceptions[0]
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first
