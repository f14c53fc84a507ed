"""A program of the user's own: the message comes to its standard input as JSON."""

import asyncio
import os
import shlex
import signal
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from tempfile import TemporaryFile

from scanner.core.errors import UsageError
from scanner.core.text import clean
from scanner.watch.digest import Digest
from scanner.watch.sink import SinkError

_PATIENCE_S = 60.0


class Program:
    """One command line; no shell reads it, and nothing from the network stands in it."""

    def __init__(self, line: str) -> None:
        """Run a command line; raises UsageError when it can't be read or names no program."""
        try:
            self._argv = shlex.split(line)
        except ValueError as error:
            raise UsageError(f"--alert exec: {error}; quote it as for a shell") from error
        if not self._argv or not os.access(self._argv[0], os.X_OK):
            raise UsageError(f"--alert exec:{clean(line, 80)} names no program; give its whole path")
        self.name = f"the program {clean(self._argv[0], 100)}"

    async def send(self, digest: Digest) -> None:
        """See Sink."""
        # A file, no pipe: who is left behind in the background would keep a pipe open, and us waiting.
        with TemporaryFile() as words:
            try:
                process = await asyncio.create_subprocess_exec(
                    *self._argv, stdin=PIPE, stdout=DEVNULL, stderr=words, start_new_session=True
                )
            except OSError as error:
                raise SinkError(f"{self.name} can't be started: {error.strerror}") from error
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await process.communicate(digest.body)
            except TimeoutError as error:
                raise SinkError(f"{self.name} did not end within {_PATIENCE_S:.0f} s") from error
            finally:
                if process.returncode is None:
                    await _end(process)
            if process.returncode:
                words.seek(max(0, words.seek(0, os.SEEK_END) - 400))
                said = clean(words.read(400), 200) or "it said nothing"
                raise SinkError(f"{self.name} ended with {process.returncode}: {said}")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill a program and all that it has started, unless that has made itself independent."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            await process.wait()
