"""Mistakes on the command line: each is met with one line that says what to do, and nothing is sent."""

import json
import shlex

import click
import pytest

from scanner.cli.main import make_root, run
from scanner.cli.mistakes import NothingGivenError, told

REPORT = {"schema": "exposure-scanner/report/v1"}
FILES = {
    "other.json": json.dumps({"a": 1}),
    "text.json": "nonsense",
    "hosts.txt": "10.0.0.1\n",
    "typo.txt": "10.0.0.1 name onwer=it\n",
    "ownerless.txt": "10.0.0.1 name owner=\n",
    "accept.toml": '[[accept]]\ntarget = "10.0.0.1"\nfoo = "x"\n',
    "compose.yaml": "services: [\n",
    "scan.xml": "<nmaprun/>",
    "check.toml": 'id = "x"\n',
    "empty/note": "",
}
MISTAKES = [
    ("scn 10.0.0.1", "did you mean 'scan'"),
    ("tickets plna", "did you mean 'plan'"),
    ("scan 10.0.0.1 -s reddis", "did you mean 'redis'"),
    ("scan 10.0.0.1 -s databases", "did you mean 'datastores'"),
    ("scan 10.0.0.1 -s ^reddis", "did you mean 'redis'"),
    ("scan 10.0.0.1 -s ''", "--services : name ids or categories"),
    ("scan 10.0.0.1 -s redis,^redis", "every service that it names is left out again"),
    ("services redsi", "did you mean 'redis'"),
    ("services databases", "`exposure services` lists them"),
    ("scan 10.0.0.1 -f tabel", "did you mean 'table'"),
    ("scan 10.0.0.1 -o htm:report", "did you mean 'html'"),
    ("scan 10.0.0.1 -o report.xyz", "name one before the file"),
    ("scan 10.0.0.1 -o -", "-f json writes a report to standard output"),
    ("scan 10.0.0.1 -o nosuch/report.html", "choose another place with --output"),
    ("scan 10.0.0.1 -o a.json -o a.json", "give each report a file of its own"),
    ("scan 10.0.0.1 --engine nmpa", "did you mean 'nmap'"),
    ("tickets plan other.json --tracker rondup", "did you mean 'roundup'"),
    ("tickets plan other.json", "Missing option '--tracker'; for example"),
    ("scan 10.0.0.1 --fail-on critcal", "did you mean 'critical'"),
    ("scan 10.0.0.1 --owasp 2023", "choose one of 2017, 2021, 2025"),
    ("scan 10.0.0.1 --color sometimes", "choose one of auto, always, never"),
    ("scan 10.0.0.1 --prots 80", "did you mean '--ports'"),
    ("scan 10.0.0.1 --port 80", "did you mean '--ports'"),
    ("scan 10.0.0.1 --exlude 10.0.0.2", "did you mean '--exclude'"),
    ("scan 10.0.0.1 -z", "`exposure scan --help` lists the options"),
    ("scan 10.0.0.1 -p", "`exposure scan --help` lists the options"),
    ("scan 10.0.0.1 -p 70000", "ports go from 1 to 65535"),
    ("scan 10.0.0.1 -p 80-20", "write 20-80"),
    ("scan 10.0.0.1 -p ''", "write 2375,6379"),
    ("scan 10.0.0.1 -p catalog", "did you mean 'catalogue'"),
    ("scan 10.0.0.1 -p redis", "a service is named with -s"),
    ("scan 10.0.0.1,10.0.0.2", "separated by blanks: 10.0.0.1 10.0.0.2"),
    ("scan 10.0.0.*", "10.0.0.0/24"),
    ("scan fd00::1:6379-20:80", "[fd00::5]:6379"),
    ("scan 10.0.0.1/33", "a number from 0 to 32"),
    ("scan 10.0.0.300", "four numbers from 0 to 255"),
    ("scan 10.0.0.9-10.0.0.1", "write its lower end first"),
    ("scan 10.0.0.01", "write 10.0.0.1"),
    ("scan 8.8.8.8", "add --allow-public"),
    ("scan http://", "names no host"),
    ("scan ftp://10.0.0.1", "write host:port for others"),
    ("scan http://user@10.0.0.1", "nothing ever logs in"),
    ("scan @lokal", "@local"),
    ("scan @local:80", "write @local -p 80"),
    ("scan hosts.txt", "name it with -i hosts.txt"),
    ("scan scan.xml", "name it with --from-nmap scan.xml"),
    ("scan compose.yaml", "name it with --from-compose compose.yaml"),
    ("scan ./nosuch.txt", "-i FILE"),
    ("scan -i nosuch.txt", "check the path"),
    ("scan -i typo.txt", "typo.txt:1: `onwer=` is not a known key; did you mean owner="),
    ("scan -i ownerless.txt", "ownerless.txt:1: `owner=` has no value"),
    ("scan 10.0.0.1 -x 10.0.0.1", "look at --exclude"),
    ("scan 10.0.0.1 --resume nosuch.state", "--save nosuch.state begins one"),
    ("scan 10.0.0.1 --save a.state --resume a.state", "give one of the two"),
    ("scan 10.0.0.1 --accept accept.toml", "accept.toml:3: unknown field 'foo'"),
    ("scan 10.0.0.1 --accept nosuch.toml", "check the path"),
    ("scan 10.0.0.1 --baseline other.json", "write one with: exposure scan -o report.json"),
    ("scan 10.0.0.1 --baseline text.json", "write a report with: exposure scan -o report.json"),
    ("scan 10.0.0.1 --rate fast", "name a number"),
    ("scan 10.0.0.1 --timeout -1", "name a number of 0.05 or more"),
    ("scan 10.0.0.1 --retries 1000", "from 0 to 10"),
    ("scan 10.0.0.1 --shard 3/2", "such as 1/4"),
    ("scan 10.0.0.1 --wait x", "such as 60s, 5m or 1h"),
    ("scan 10.0.0.1 --checks empty", "`exposure checks new` makes one"),
    ("scan 10.0.0.1 --audit nosuch/a", "choose another place"),
    ("scan 10.0.0.1 --history nosuch://x", "name a file, or postgresql://"),
    ("scan 10.0.0.1 --cluster http://x", "write tls://HOST:PORT"),
    ("scan --from-compose compose.yaml", "compose.yaml:2: is not YAML"),
    ("scan --from-nmap other.json", "give nmap's XML (-oX)"),
    ("diff a.json", "Missing argument 'NEW'; for example `exposure diff"),
    ("merge other.json", "write one with: exposure scan -o report.json"),
    ("verify abc", "FINGERPRINT --from FILE, or --endpoint URL --rule ID"),
    ("verify --endpoint redis://10.0.0.1:6379 --rule redis-no-pasword", "did you mean 'redis-no-password'"),
    ("accept abc", "Missing --from, --reason, --owner, --until; for example"),
    ("lint", "exposure lint ."),
    ("lint nosuch", "check the path"),
    ("lint empty", "`exposure lint --list`"),
    ("checks lint check.toml", "schema = 1 is missing"),
    ("checks new BAD_ID", "such as my-panel"),
    ("completion bsh", "did you mean 'bash'"),
    ("audit other.json", "`exposure scan --audit`"),
    ("history findings --since yesterday", "write a span such as 12h"),
    ("host --root nosuch", "check the path"),
    ("watch @local --every x", "write a period"),
    ("serve --listen x", "name an address"),
    ("worker", "Missing option '--scope'; for example"),
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def _nothing_is_sent(monkeypatch):
    def refuse(*_args, **_more):
        raise AssertionError("a mistake must not be sent anywhere")

    monkeypatch.setattr("scanner.sweep.engines.make_engine", refuse)


@pytest.mark.parametrize(("line", "what_to_do"), MISTAKES, ids=[line for line, _ in MISTAKES])
def test_a_mistake_is_one_line_that_says_what_to_do(folder, capsys, line, what_to_do):
    assert run(shlex.split(line)) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    (told_line,) = shown.err.splitlines()
    assert told_line.startswith("exposure: ")
    assert what_to_do in told_line
    assert "Traceback" not in told_line


def test_the_table_is_long_enough_to_mean_something():
    assert len(MISTAKES) >= 80


@pytest.mark.parametrize("command", ["scan", "watch"])
def test_a_command_without_a_target_says_what_is_missing_in_two_lines(capsys, command):
    assert run([command]) == 2
    missing, example = capsys.readouterr().err.splitlines()
    assert missing.startswith("exposure: no target: name an address")
    assert example.startswith(f"exposure: for example `exposure {command} ")


def test_an_error_that_lost_its_command_is_told_of_the_command_that_was_typed():
    root = make_root()
    (line,) = told(click.UsageError("it went wrong."), root, ["tickets", "plan", "--x"])
    assert line.startswith("it went wrong; for example `exposure tickets plan")
    assert line.endswith("`exposure tickets plan --help` lists the options")
    assert len(told(NothingGivenError("nothing"), root, [])) == 2
