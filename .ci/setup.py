"""Installs what pyproject.toml asks for into this environment, with a line on what it does and how long it took.

Nothing is fetched where everything is there already: a changed pyproject.toml alone needs no network.
usage: setup.py [GROUP ...] - without groups the product itself.
"""

import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PROJECT = "exposure-scanner"
_PIP = (sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off")
_QUICK = ("--no-compile", "--prefer-binary")
_WORDS_SHOWN = 60


def missing(wanted: Iterable[str]) -> Iterator[str]:
    """Yield the requirements that this environment does not fulfil."""
    for text in wanted:
        one = Requirement(text)
        if one.marker is not None and not one.marker.evaluate():
            continue
        try:
            held = version(one.name)
        except PackageNotFoundError:
            yield text
            continue
        if not one.specifier.contains(held, prereleases=True):
            yield text


def install(arguments: Iterable[str], told: str) -> int:
    """Run pip, and say on one line what it is at; its last words are shown where it fails."""
    _say(f"{told}: fetched from the package index ...\n")
    began, packages = time.monotonic(), 0
    lines: list[str] = []
    command = [*_PIP, *_QUICK, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT) as pip:
        for line in pip.stdout or ():
            lines.append(line.rstrip())
            packages += line.startswith("Collecting ")
            if sys.stdout.isatty():
                step = "installing" if line.startswith("Installing") else line.strip()[:_WORDS_SHOWN]
                _say(f"\r\x1b[K  {packages} packages: {step}")
    if sys.stdout.isatty():
        _say("\r\x1b[K")
    took_s = time.monotonic() - began
    if pip.returncode:
        last = "\n".join(lines[-5:])
        sys.stderr.write(f"{last}\nexposure: this failed after {took_s:.0f} s; it needs a package index once\n")
        return 1
    _say(f"Done in {took_s:.0f} s; the next time nothing is fetched.\n")
    return 0


def main() -> int:
    """Install the product, or groups of what is needed to work on it."""
    groups = sys.argv[1:]
    held = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    if not groups:
        lacking = list(missing([PROJECT, *held["project"]["dependencies"]]))
        told = f"Setting up .venv, {_packages(lacking)} and what they need"
        return install(["--use-pep517", "--editable", "."], told) if lacking else 0
    lacking = list(missing(text for name in groups for text in held["dependency-groups"][name]))
    if not lacking:
        return 0
    # Groups are known to pip since 25.1.
    code = install(["--upgrade", "pip>=25.1"], "Renewing pip") if list(missing(["pip>=25.1"])) else 0
    named = [part for name in groups for part in ("--group", name)]
    told = f"Installing {_packages(lacking)} for {', '.join(groups)}, and what they need"
    return code or install(["--editable", ".", *named], told)


def _packages(names: list[str]) -> str:
    return f"{len(names)} package{'' if len(names) == 1 else 's'}"


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
