"""A version that its makers mend no longer is a note: on the day of the data, of a build of theirs alone."""

import importlib.util
import subprocess

import pytest

from scanner.findings.end_of_life import end_of_life
from scanner.report.document import endpoint_object, finding_object
from scanner.report.phrases import outlived, remarks
from tests.ci.conftest import ROOT
from tests.report import samples

_SPEC = importlib.util.spec_from_file_location("end_of_life_maker", ROOT / ".ci/end_of_life.py")
maker = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(maker)


@pytest.mark.parametrize(
    ("product", "version", "cycle"),
    [
        ("Redis", "7.0.15", "7.0"),
        ("MariaDB", "10.5.29-MariaDB", "10.5"),
        ("Kubernetes", "v1.28.3", "1.28"),
        ("Redis", "7.2.16", None),  # lives
        ("Redis", "99.0.1", None),  # not known yet
        ("Docker Engine", "20.10.24+dfsg1", None),  # a distribution's build
        ("Kubernetes", "v1.28.3+k3s1", None),
        ("MariaDB", "10.5.29-MariaDB-0+deb11u1", None),
        ("Nobody's", "1.0", None),
        ("Redis", "7", None),
        ("Redis", None, None),
        (None, "7.0.15", None),
    ],
)
def test_only_an_ended_cycle_of_the_makers_own_build_is_told(product, version, cycle):
    found = end_of_life(product, version)
    assert (found.cycle if found else None) == cycle
    assert found is None or found.ended <= found.as_of


def test_it_is_a_note_in_every_report_and_changes_no_severity():
    old, new = (samples.finding(product="Redis", version=version) for version in ("7.0.15", "7.2.16"))
    row = samples.row_of(old)
    told = "Redis 7.0 gets no updates from its makers since 2024-07-29 (endoflife.date as of "
    assert outlived(row).startswith(told)
    assert told in remarks(row)
    assert endpoint_object(row)["end_of_life"]["cycle"] == "7.0"
    assert finding_object(old)["end_of_life"]["ended"] == "2024-07-29"
    assert finding_object(new)["end_of_life"] is None
    assert (old.severity, old.priority, old.fingerprint) == (new.severity, new.priority, new.fingerprint)


def test_the_data_is_made_of_what_had_ended_by_the_day_of_the_clone(tmp_path, monkeypatch):
    page = "---\ntitle: Redis\nreleases:\n" + "".join(
        f'  - releaseCycle: "{cycle}"\n    eol: {eol}\n'
        for cycle, eol in (
            ("9", "2020-01-01"),
            ("9.1", "false"),
            ("8.0", "2099-01-01"),
            ("7.0", "2024-07-29"),
            ("6.0", "true"),
        )
    )
    (tmp_path / "products").mkdir()
    (tmp_path / "products/redis.md").write_text(f"{page}\n---\nwords: [\n")
    (tmp_path / "LICENSE").write_text("Copyright them\n\nPermission\n")
    git = ("git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b")
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "a", "--date=2026-01-01T00:00:00Z")):
        subprocess.run(
            [*git, *words], check=True, env={"GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z", "PATH": "/usr/bin:/bin"}
        )
    monkeypatch.setattr(maker, "PRODUCTS", {"redis": ("Redis",)})
    monkeypatch.setattr(maker, "FILE", tmp_path / "made.toml")
    maker.main(tmp_path)
    made = (tmp_path / "made.toml").read_text()
    assert "# Copyright them\n#\n# Permission\n" in made
    assert (
        made.splitlines()[-6:]
        == [
            "as_of = 2026-01-01",
            "",
            "[[product]]",
            'names = ["Redis"]',
            'page = "https://endoflife.date/redis"',
            "[product.ended]",
            '"7.0" = 2024-07-29',
        ][-6:]
    )
