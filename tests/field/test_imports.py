"""Results of other scanners as they are handed in, through the command: what is planned, what is said (cases I*)."""

import json

import pytest

from tests.support.command_line import exposure_here as exposure

HOST = '<host><address addr="127.32.9.1" addrtype="ipv4"/>{}<ports>{}</ports></host>'
PORT = '<port protocol="{}" portid="{}"><state state="{}"/></port>'
END = '<runstats><finished exit="success"/><hosts up="1"/></runstats>'


@pytest.fixture
def imported(tmp_path):
    def imported(text, *arguments):
        file = tmp_path / "found"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        run = exposure("scan", "--from-nmap", file, "-f", "json", *arguments)
        assert "Traceback" not in run.stderr
        report = json.loads(run.stdout)
        kinds = [problem["kind"] for problem in report["problems"]]
        return run.returncode, report["coverage"]["endpoints_planned"], kinds, run.stderr

    return imported


def nmap(*ports, end=END, names=""):
    return f'<nmaprun scanner="nmap">{HOST.format(names, "".join(PORT.format(*port) for port in ports))}{end}</nmaprun>'


def test_udp_ports_that_nmap_could_not_tell_are_asked(imported):
    # I05
    code, planned, kinds, _ = imported(nmap(("tcp", 7001, "open"), ("udp", 161, "open|filtered")))
    assert (code, planned, kinds) == (0, 2, [])


def test_an_open_port_of_a_transport_that_is_not_spoken_leaves_a_gap(imported):
    code, planned, kinds, error = imported(nmap(("tcp", 7001, "open"), ("sctp", 1, "open")))
    assert (code, planned, kinds) == (4, 1, ["import-left-out"])
    assert "1 part of the imported results not looked at" in error


def test_a_scan_that_came_to_its_end_and_found_nothing_is_clean_and_says_so(imported):
    # I09
    code, planned, kinds, error = imported(nmap())
    assert (code, planned, kinds) == (0, 0, ["import-nothing-open"])
    assert "found no open port" in error


@pytest.mark.parametrize(
    "text",
    [
        nmap(end=""),
        nmap().replace("<ports>", '<status state="up" reason="user-set"/><ports>'),
        nmap()
        .replace('scanner="nmap"', 'scanner="nmap" args="nmap -Pn --open 10.0.0.0/24"')
        .replace("host>", "hosthint>"),
        "",
        "[\n",
        "[]",
        "[\n{finished: 1}\n]\n",
    ],
)
def test_a_file_that_holds_nothing_and_does_not_say_that_a_scan_of_live_hosts_ended_is_not_clean(imported, text):
    # I09
    code, planned, kinds, _ = imported(text)
    assert (code, planned, kinds) == (3, 0, ["import-unfinished"])


@pytest.mark.parametrize(
    "text",
    [
        nmap(("tcp", 7001, "open"), end='<runstats><finished exit="error"/><hosts up="1"/></runstats>'),
        '[\n{"ip": "127.32.9.1", "ports": [{"port": 7001, "proto": "tcp", "status": "open"}]},\n',
    ],
)
def test_a_scan_that_was_broken_off_leaves_a_gap_beside_the_ports_that_it_found(imported, text):
    code, planned, kinds, _ = imported(text)
    assert (code, planned, kinds) == (4, 1, ["import-unfinished"])


@pytest.mark.parametrize("host", ['<host timedout="true">', "<host>"])
def test_a_host_that_nmap_gave_up_or_only_pinged_leaves_a_gap(imported, host):
    # nmap -sn and --host-timeout: nobody looked at its ports.
    pinged = f'{host}<status state="up" reason="arp-response"/><address addr="127.32.9.2" addrtype="ipv4"/></host>'
    text = nmap(("tcp", 7001, "open")).replace("<runstats>", f"{pinged}<runstats>")
    assert imported(text)[:3] == (4, 1, ["import-left-out"])
    alone = f'<nmaprun scanner="nmap">{pinged}{END}</nmaprun>'
    assert imported(alone)[:3] == (3, 0, ["import-left-out", "import-unfinished"])


def test_the_closed_ports_of_masscan_are_not_taken_for_open_ones(imported):
    # I02
    line = '{"ip":"127.32.2.1","port":%d,"proto":"tcp","rec_type":"status","data":{"status":"%s"}}\n'
    assert imported(line % (7001, "open") + line % (7002, "closed"))[:3] == (0, 1, [])


def test_what_nmap_prints_is_read_from_standard_input():
    run = exposure("scan", "--from-nmap", "-", "-f", "json", stdin=nmap(("tcp", 7001, "open")))
    assert (run.returncode, json.loads(run.stdout)["coverage"]["endpoints_planned"]) == (0, 1)


def test_an_exclusion_keeps_one_endpoint_of_an_import_out(imported):
    text = nmap(("tcp", 7001, "open"), ("tcp", 7002, "open"))
    assert imported(text, "-x", "127.32.9.1:7001")[:3] == (0, 1, [])
