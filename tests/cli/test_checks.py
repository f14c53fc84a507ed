"""A check of one's own, from the template to its examples; tests/probes holds what a check may say."""

import pytest

from tests.support.command_line import exposure_here


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "my-panel.toml"
    path.write_text(exposure_here("checks", "new", "my-panel").stdout)
    return path


def test_the_template_is_complete_and_valid(file, tmp_path):
    run = exposure_here("checks", "lint", tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == "1 check is valid, and the examples come out as written\n"
    assert exposure_here("checks", "lint", file, file).stdout.startswith("2 checks are valid")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[exposed]", "[exposed]\nregex = 1", "regex"),
        ('verdict = "protected"', 'verdict = "exposed"', "protected"),
        ("schema = 1", "schema = 2", "schema"),
        ('title = "My Panel"', "title = ", "not TOML"),
    ],
)
def test_what_is_wrong_is_one_line_with_the_file(file, old, new, said):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    run = exposure_here("checks", "lint", file)
    assert (run.returncode, run.stdout) == (2, "")
    assert len(run.stderr.splitlines()) == 1
    assert str(file) in run.stderr or "my-panel" in run.stderr
    assert said in run.stderr


@pytest.mark.parametrize("name", ["My Panel", "a_b", "-a", "../x", ""])
def test_an_id_is_kebab_case(name):
    run = exposure_here("checks", "new", "--", name)
    assert (run.returncode, run.stdout) == (2, "")
    assert "kebab-case" in run.stderr


def test_a_folder_without_checks_and_a_file_that_is_not_there_are_refused(tmp_path):
    assert "holds no .toml check" in exposure_here("checks", "lint", tmp_path).stderr
    assert "can't be read" in exposure_here("checks", "lint", tmp_path / "none.toml").stderr
