"""The pytest plugin of the fleet: fixtures for real servers, the `fleet` marker and the accuracy table."""

import hashlib
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.fleet import decoys, front, table
from tests.fleet.certificates import Authority, TlsFiles
from tests.fleet.install import fleet_names
from tests.fleet.server import ROOT, NotReady, Server, new_address, program

if TYPE_CHECKING:
    from tests.fleet.namespaces import Cable
    from tests.fleet.owed import Owed

OWED = pytest.StashKey["Owed"]()
IN_CI = bool(os.environ.get("CI"))


class Fleet:
    """Starts servers and remembers them, to end them when the test or module is over."""

    def __init__(self, options: pytest.Config, authority: Authority) -> None:
        self._options = options
        self._authority = authority
        self._running: list[Server | decoys.Decoy] = []

    def __call__(
        self,
        argv: list[str],
        ports: list[int] | None = None,
        *,
        package: str,
        address: str | None = None,
        **how: Any,
    ) -> Server:
        """Start a server and return it when it is ready; the README beside this file lists the arguments."""
        self.need(package, argv[0])
        server = Server(list(argv), tuple(ports or ()), address or new_address())
        self._running.append(server)
        try:
            return server.start(**how)
        except (NotReady, OSError) as error:
            pytest.fail(f"{package}: {error}", pytrace=False)

    def need(self, package: str, name: str) -> None:
        """Skip the test when a program is missing; fail it in CI, where the lists are installed beforehand."""
        extra = package in fleet_names()
        if extra and not self._options.getoption("--fleet"):
            pytest.skip(f"{package} is part of `make fleet`")
        if program(name) or Path(name).exists():
            return
        reason = f"{name} is missing; install {package}"
        if IN_CI and not extra:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)

    def tls(self, server_address: str, directory: Path) -> TlsFiles:
        """Write a certificate for the address, its key and the authority's certificate into the directory."""
        return self._authority.issue(directory, server_address)

    def front(
        self,
        upstream: str,
        port: int,
        *,
        allow: tuple[str, ...] = (),
        public: tuple[str, ...] = (),
        user: str = "",
        password: str = "",
        tls: bool = False,
        want_client_certificate: bool = False,
    ) -> Server:
        """Start an nginx in front of `upstream`; see tests.fleet.front."""
        self.need("nginx-light", "nginx")
        server = Server(["nginx", *front.ARGUMENTS], (port,))
        self._running.append(server)
        files = self.tls(server.address, server.directory) if tls or want_client_certificate else None
        conf, passwords = front.configuration(
            upstream,
            allow=allow,
            public=public,
            user=user,
            password=password,
            tls=files,
            want_client_certificate=want_client_certificate,
            as_root=os.geteuid() == 0,
        )
        try:
            return server.start(files={"nginx.conf": conf, "passwords": passwords})
        except NotReady as error:
            pytest.fail(f"nginx: {error}", pytrace=False)

    def decoy(self, name: str, port: int = 0) -> decoys.Decoy:
        """Start one of tests.fleet.decoys.ALL by name."""
        decoy = decoys.Decoy(decoys.ALL[name], new_address(), port)
        self._running.append(decoy)
        return decoy

    def close(self) -> None:
        """End everything that was started, the latest first."""
        while self._running:
            running = self._running.pop()
            running.close() if isinstance(running, decoys.Decoy) else running.stop()


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def server(request: pytest.FixtureRequest, authority: Authority) -> Iterator[Fleet]:
    """Starts servers that end with the test."""
    fleet = Fleet(request.config, authority)
    yield fleet
    fleet.close()


@pytest.fixture(scope="module")
def module_server(request: pytest.FixtureRequest, authority: Authority) -> Iterator[Fleet]:
    """Starts servers that end with the module."""
    fleet = Fleet(request.config, authority)
    yield fleet
    fleet.close()


@pytest.fixture
def owed(request: pytest.FixtureRequest, server: Fleet) -> "Owed":
    """What the test owes: its servers, looked at again through what may stand around them."""
    from tests.fleet.owed import Owed, owes

    marks = list(request.node.iter_markers("fleet"))
    if any(owes(mark) for mark in marks):
        server.need("nginx-light", "nginx")
    request.node.stash[OWED] = Owed(marks)
    return request.node.stash[OWED]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Check the account of a test on a real server when nothing else failed."""
    result = yield
    if marks := list(item.iter_markers("fleet")):
        from tests.fleet.owed import Owed

        item.stash.get(OWED, Owed(marks)).check()
    return result


@pytest.fixture
def cable(owed: "Owed") -> Iterator["Cable"]:
    """Two namespaces: run a server with `prefix=cable.prefix`, look with `cable.see(port, service)`."""
    if os.geteuid() != 0 or not program("ip"):
        pytest.skip("namespaces need root and iproute2")
    from tests.fleet.namespaces import Cable

    joined = Cable(owed)
    yield joined
    joined.close()


@pytest.fixture
def unchanged() -> Callable[..., Any]:
    """`with unchanged(read_state): look(...)` fails when what read_state returns differs afterwards."""

    @contextmanager
    def compare(read_state: Callable[[], object]) -> Iterator[None]:
        before = read_state()
        yield
        assert read_state() == before, "the probe changed something"

    return compare


@pytest.fixture
def see(request: pytest.FixtureRequest, owed: "Owed") -> Callable[..., Any]:
    """`see(server, "redis", golden="open")` returns tests.fleet.verdict.Verdict for the server's first port."""
    from tests.fleet import verdict
    from tests.fleet.owed import look_again, owes

    real = any(owes(mark) for mark in request.node.iter_markers("fleet"))

    def seeing(
        server: Any, *services: str, port: int | None = None, rested: Callable[[], bool] | None = None, **how: Any
    ) -> verdict.Verdict:
        """Look; `rested` tells whether a server that serves one client at a time is ready for the next."""
        write = request.config.getoption("--write-transcripts")
        seen = verdict.see(server.address, port or server.port, *services, write=write, **how)
        assert rested is None or server.waits_for(rested), "it serves nobody else after the first look"
        if real and seen.service:
            assert seen.row.decoy is None, f"a real server is taken for a decoy: {seen.row.decoy}"
        if "host" not in how and how.get("transport") != "udp":
            look_again(owed, server.address, port or server.port, services, seen)
        _hold_foretold(request.node, server, seen, services, port)
        return seen

    return seeing


def _hold_foretold(item: pytest.Item, server: Any, seen: Any, services: tuple[str, ...], port: int | None) -> None:
    """Hold what `exposure lint` says of the settings of a server whose marker names its image or file."""
    # Whoever turns everybody away may not say what it is: then it is the service that was asked for.
    service = seen.service or (services[0] if len(services) == 1 and seen.status == "protected" else None)
    for mark in item.iter_markers("fleet"):
        if mark.args[0] == service and (source := mark.kwargs.get("lint")):
            from tests.fleet.foretold import hold

            how = {key: mark.kwargs[key] for key in ("unsure", "given") if key in mark.kwargs}
            row = ("foretold", list(hold(server, service, source, seen.status, port=port, **how)))
            if row not in item.user_properties:
                item.user_properties.append(row)


def digest_tree(directory: Path) -> dict[str, str]:
    """Return relative path -> SHA-256 of every file below a directory, for `unchanged`."""
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("fleet")
    group.addoption("--fleet", action="store_true", help="also start the slow servers of packages-fleet.txt")
    group.addoption("--write-transcripts", action="store_true", help="rewrite tests/wire/transcripts from this run")
    group.addoption("--write-accuracy", action="store_true", help="write the table to docs/accuracy.md")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "fleet(service, case, standin=False): proves a verdict; case is open, protected, look-alike or moods"
    )
    config.pluginmanager.register(_Tally(), "fleet-tally")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    from tests.fleet.owed import owes

    for item in items:
        for mark in item.iter_markers("fleet"):
            service, case = mark.args
            assert case in table.CASES, f"{item.nodeid}: no such case: {case}"
            standin = mark.kwargs.get("standin", False)
            item.user_properties.append(("fleet", [service, case, standin]))
            if standin or case == "look-alike":
                continue
            item.add_marker(pytest.mark.real)
            if owes(mark):
                item.user_properties.append(("fleet", [service, "around", False]))


class _Tally:
    """Collects what the marked tests did; works under xdist, as user properties travel with the reports."""

    def __init__(self) -> None:
        self.outcomes: list[table.Outcome] = []
        self.foretold: list[list[str]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.passed:
            return
        for name, value in report.user_properties:
            if name == "fleet":
                self.outcomes.append(table.Outcome(*value, result=report.outcome))
            elif name == "foretold" and report.passed:
                self.foretold.append(value)

    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        if not self.outcomes:
            return
        cells = table.cells(self.outcomes)
        terminalreporter.section("accuracy")
        for row in table.text(cells):
            terminalreporter.write_line(row)
        if config.getoption("--write-accuracy"):
            from tests.fleet.foretold import TITLE, Foretold, section

            page = ROOT / "docs" / "accuracy.md"
            written, title, foretold = (page.read_text() if page.exists() else "").partition(f"\n{TITLE}\n")
            verdicts = table.markdown(table.merged(written, cells))
            page.write_text(section(verdicts + title + foretold, [Foretold(*row) for row in self.foretold]))
