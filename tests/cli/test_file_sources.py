"""What stands in files of other programs is planned together with what was typed, and within the same scope."""

import pytest

from scanner.cli.file_sources import resolve_with_files
from scanner.cli.scan_options import ScanOptions
from scanner.core.errors import UsageError
from scanner.core.ports import PortSet

CATALOGUE = PortSet.of(tcp=[6379, 2375])
REPORT = """<?xml version="1.0"?><nmaprun scanner="nmap" version="7"><host><status state="up"/>
<address addr="127.0.0.9" addrtype="ipv4"/><ports><port protocol="tcp" portid="7777"><state state="open"/></port>
</ports></host><runstats><finished exit="success"/></runstats></nmaprun>"""
COMPOSE = "services: {cache: {image: redis, ports: ['127.0.0.8:8888:6379', '127.0.0.8:5353:53/udp']}}"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "nmap.xml").write_text(REPORT)
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    return tmp_path


def test_found_and_published_ports_are_planned_and_no_other(files):
    options = ScanOptions(from_nmap=(files / "nmap.xml",), from_compose=(files / "compose.yaml",))
    resolved = resolve_with_files(options, CATALOGUE)
    assert resolved.space.size == 3
    assert {target.text for target in resolved.targets} >= {"127.0.0.8:5353/udp"}
    assert [[port for _, port, _ in expected.places] for expected in resolved.expected] == [[8888], [5353]]


def test_they_stand_beside_what_was_typed(files):
    options = ScanOptions(targets=("127.0.0.1",), from_nmap=(files / "nmap.xml",))
    assert resolve_with_files(options, CATALOGUE).space.size == CATALOGUE.size + 1


def test_what_is_excluded_stays_so(files):
    options = ScanOptions(from_nmap=(files / "nmap.xml",), exclude=("127.0.0.9",))
    with pytest.raises(UsageError, match="--exclude"):
        resolve_with_files(options, CATALOGUE)
