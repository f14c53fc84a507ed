import stat

import pytest

from scanner.cli.accept import COMMAND
from scanner.core.errors import UsageError
from scanner.core.finding import FindingState
from scanner.findings.acceptance_file import read_acceptances
from scanner.findings.accepted import apply_acceptances
from tests.report import samples
from tests.report.commands import run, save

FOUND = samples.finding().fingerprint
WHY = ("--reason", 'the "lab" cache', "--owner", "lab", "--until", "2099-12-31")


@pytest.fixture
def report(tmp_path):
    return save(samples.full_report(), tmp_path / "report.json")


def test_an_accepted_finding_is_accepted_from_then_on(tmp_path, report):
    found = samples.finding()
    file = tmp_path / "accept.toml"
    ran = run(COMMAND, found.fingerprint[:12], "--from", report, *WHY, "--accept", file)
    assert ran.code == 0
    assert "accepted until 2099-12-31" in ran.out
    applied = apply_acceptances(samples.report(found), read_acceptances(file))
    assert [each.state for each in applied.report.findings] == [FindingState.ACCEPTED]
    other = samples.finding("127.0.0.9")
    assert apply_acceptances(samples.report(other), read_acceptances(file)).report.findings == (other,)


def test_entries_are_added_and_comments_stay(tmp_path, report):
    file = tmp_path / "accept.toml"
    file.write_text("# reviewed every quarter")
    for address in ("127.0.0.1", "::1"):
        run(COMMAND, samples.finding(address).fingerprint, "--from", report, *WHY, "--accept", file)
    assert file.read_text().startswith("# reviewed every quarter\n\n[[accept]]\n")
    assert [entry.target for entry in read_acceptances(file)] == ["127.0.0.1", "::1"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_signs_of_a_break_in_need_a_word_of_their_own(tmp_path, report):
    found = samples.docker_finding()
    file = tmp_path / "accept.toml"
    with pytest.raises(UsageError, match="image-known-miner"):
        run(COMMAND, found.fingerprint, "--from", report, *WHY, "--accept", file)
    assert not file.exists()
    run(COMMAND, found.fingerprint, "--from", report, *WHY, "--accept", file, "--despite-compromise")
    applied = apply_acceptances(samples.report(found), read_acceptances(file))
    assert [each.state for each in applied.report.findings] == [FindingState.ACCEPTED]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((samples.finding().fingerprint, "--reason", "r", "--owner", "o", "--until", "soon"), "not a day"),
        (
            (samples.finding().fingerprint, "--reason", "r", "--owner", "o", "--until", "2020-01-01"),
            "2020-01-01 is past",
        ),
        (
            (samples.finding().fingerprint, "--reason", " ", "--owner", "o", "--until", "2099-12-31"),
            "reason is missing",
        ),
        (("0" * 64, *WHY), "no finding"),
        (("abc", *WHY), "at least 8 digits"),
    ],
)
def test_a_mistake_writes_nothing(tmp_path, report, arguments, message):
    file = tmp_path / "accept.toml"
    with pytest.raises(UsageError, match=message):
        run(COMMAND, *arguments, "--from", report, "--accept", file)
    assert not file.exists()


def test_hostile_words_of_a_report_stay_words(tmp_path):
    text = 'x"\n[[accept]]\ntarget = "0.0.0.0/0"\x7f\\'
    found = samples.finding(title=text, rule=text)
    report = save(samples.report(found), tmp_path / "report.json")
    file = tmp_path / "accept.toml"
    run(COMMAND, found.fingerprint, "--from", report, "--reason", text, "--owner", text, *WHY[4:], "--accept", file)
    (entry,) = read_acceptances(file)
    assert entry.target == "127.0.0.1"


def test_a_broken_accept_file_is_left_alone(tmp_path, report):
    file = tmp_path / "accept.toml"
    file.write_text("[[accept]]\n")
    with pytest.raises(UsageError, match="port or a service"):
        run(COMMAND, samples.finding().fingerprint, "--from", report, *WHY, "--accept", file)
    assert file.read_text() == "[[accept]]\n"


def test_the_accept_file_is_shown_as_a_register(tmp_path, report):
    file = tmp_path / "accept.toml"
    run(COMMAND, FOUND, "--from", report, *WHY, "--accept", file)
    shown = run(COMMAND, "--list", "--accept", file)
    assert shown.code == 0
    assert "1 acceptance, 0 expired." in shown.out
    assert '"127.0.0.1","","port 6379"' in run(COMMAND, "--list", "-f", "csv", "--accept", file).out
    with pytest.raises(UsageError, match="leave the fingerprint out"):
        run(COMMAND, FOUND, "--list", "--accept", file)
    with pytest.raises(UsageError, match="can't be read"):
        run(COMMAND, "--list", "--accept", tmp_path / "none.toml")


@pytest.mark.parametrize("left_out", ["FINGERPRINT", "--from", "--reason", "--owner", "--until"])
def test_what_is_missing_is_named(report, left_out):
    given = {"FINGERPRINT": FOUND, "--from": report, "--reason": "r", "--owner": "o", "--until": "2099-12-31"}
    words = [word for name, value in given.items() if name != left_out for word in (name, value)]
    with pytest.raises(UsageError, match=f"Missing {left_out}; for example"):
        run(COMMAND, *(word for word in words if word != "FINGERPRINT"))
