"""What users install: the built wheel in an environment of its own, away from the checkout that would lend it files."""

import ast
import json
import socket
import subprocess
import sys
import sysconfig
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import scanner
from tests.support.schemas import FOLDER as SCHEMAS

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]

ROOT = Path(__file__).parents[2]
SENT_ALONG = sorted(
    file.relative_to(ROOT).as_posix()
    for file in (ROOT / "scanner").rglob("*")
    if file.is_file() and file.suffix not in {".pyc", ".pyo"}
)
"""Every file of the package: modules, checks in TOML, style and script of the page, py.typed."""
TYPES_ALONE = {"_typeshed"}
"""Known to type checkers, never imported."""
EXTRAS = {"hcl2": "python-hcl2"}
"""Library -> its distribution, where it need not be installed."""


def run(*command, cwd, status=0):
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    [file] = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def names(wheel):
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Make an environment that has the wheel, and the libraries of this one below it."""
    home = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", home, cwd=home)
    python = home / "bin/python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", "--no-compile", wheel, cwd=home)
    # A path alone: the .pth files of that folder, and with them the checkout, are not followed.
    [own] = home.glob("lib/python*/site-packages")
    (own / "libraries.pth").write_text(f"{sysconfig.get_path('purelib')}\n", "utf-8")
    where = Path(run(python, "-c", "import scanner; print(scanner.__file__)", cwd=home).strip())
    assert where.is_relative_to(home), "the checkout was imported, not the wheel"
    return home


@pytest.fixture
def exposure(installed, tmp_path):
    return lambda *words, status=0: run(installed / "bin/exposure", *words, cwd=tmp_path, status=status)


def test_it_says_its_version(exposure):
    assert scanner.__version__ in exposure("--version")


def test_it_knows_every_service_of_the_checkout(exposure):
    here = run(Path(sys.executable).with_name("exposure"), "services", cwd=ROOT)
    assert exposure("services") == here


def test_it_scans_and_writes_its_report(exposure):
    with socket.socket() as taken:  # bound and not listening: closed for as long as the scan takes
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        report = json.loads(exposure("scan", "127.0.0.1", "-p", port, "-f", "json"))
    assert report["endpoints"] == []
    assert report["problems"] == []


@pytest.mark.parametrize("file", [file for file in SENT_ALONG if not file.endswith(".py")])
def test_it_has_what_is_not_a_module(file, names):
    assert file in names


def test_it_has_every_module(names):
    assert not [file for file in SENT_ALONG if file not in names]


@pytest.mark.parametrize("file", sorted(SCHEMAS.glob("*.json")), ids=lambda file: file.name)
def test_it_has_every_schema(file, wheel, names):
    [inside] = [name for name in names if name.startswith("scanner/") and name.endswith(f"/{file.name}")]
    with ZipFile(wheel) as archive:
        assert archive.read(inside) == file.read_bytes()


def test_the_page_finds_its_style_and_script(exposure):
    page = exposure("scan", "127.0.0.1", "-p", "1", "-f", "html")
    assert "<style" in page
    assert "<script" in page


def test_it_reads_files(exposure, tmp_path):
    (tmp_path / "compose.yaml").write_text(
        "services:\n  cache:\n    image: redis:7\n    command: redis-server --protected-mode no\n"
        "    ports: ['6379:6379']\n"
    )
    assert "redis" in exposure("lint", "compose.yaml", status=1).lower()


def test_it_brings_its_manual(installed):
    assert ".TH" in (installed / "share/man/man1/exposure.1").read_text("utf-8")


@pytest.mark.parametrize(
    ("shell", "place"),
    [
        ("bash", "share/bash-completion/completions/exposure"),
        ("zsh", "share/zsh/site-functions/_exposure"),
        ("fish", "share/fish/vendor_completions.d/exposure.fish"),
    ],
)
def test_it_brings_its_completions(installed, exposure, shell, place):
    assert (installed / place).read_text("utf-8").rstrip() == exposure("completion", shell).rstrip()


def test_every_library_is_declared(wheel):
    with ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        declared = {
            canonicalize_name(Requirement(line.partition(": ")[2]).name)
            for line in archive.read(name).decode().splitlines()
            if line.startswith("Requires-Dist: ")
        }
    distributions = packages_distributions()
    undeclared = {
        library
        for file in (ROOT / "scanner").rglob("*.py")
        for library in imported(file)
        if library not in sys.stdlib_module_names | {"scanner"} | TYPES_ALONE
        and declared.isdisjoint(map(canonicalize_name, distributions.get(library, [EXTRAS.get(library, library)])))
    }
    assert not undeclared


def imported(file):
    """Yield the first part of each module that a file imports."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
