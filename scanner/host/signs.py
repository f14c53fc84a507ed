"""Signs of a break-in on this machine: what runs, what cron starts, what is loaded into every program."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from scanner.core.finding import Indicator
from scanner.core.text import clean
from scanner.findings.compromise import indicators
from scanner.host.owners import Process

_CRON = ("etc/crontab", "etc/cron.d", "var/spool/cron", "var/spool/cron/crontabs", "etc/cron.hourly", "etc/cron.daily")
_PRELOAD = "etc/ld.so.preload"
_LIMIT_BYTES = 65_536
_MOST_FILES = 500


def host_signs(processes: Iterable[Process], root: Path = Path("/")) -> list[Indicator]:
    """Return the signs, each with where it was seen; what may not be read is passed over."""
    seen = [(f"process {p.pid}", {"command": (p.command,), "name": (p.name,)}) for p in processes]
    seen += [(str(file), {"command": (line,)}) for file, line in _cron_lines(root)]
    found = [Indicator(sign.id, f"{place}: {sign.detail}") for place, traces in seen for sign in indicators(traces)]
    return [*found, *_preloaded(root)]


def _cron_lines(root: Path) -> Iterator[tuple[Path, str]]:
    files = [file for place in _CRON for file in _files(root / place)]
    for file in files[:_MOST_FILES]:
        for line in _text(file).splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                yield file, line.strip()


def _preloaded(root: Path) -> Iterator[Indicator]:
    """Yield a sign for each library that is loaded into every program: hardly anybody needs that but rootkits."""
    for line in _text(root / _PRELOAD).split():
        yield Indicator("library-preloaded-everywhere", f"/{_PRELOAD}: {clean(line, 200)}")


def _files(place: Path) -> list[Path]:
    try:
        return sorted(file for file in place.iterdir() if file.is_file()) if place.is_dir() else [place]
    except OSError:
        return []


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_LIMIT_BYTES).decode("utf-8", "backslashreplace")
    except OSError:
        return ""
