import json
from pathlib import Path

import pytest

from scanner.cli import schema
from scanner.cli.main import run

SCHEMAS = Path(__file__).resolve().parents[2] / "docs/schema"


@pytest.mark.parametrize("name", schema.names())
def test_a_schema_is_printed_as_it_is_documented(capsys, name):
    assert run(["schema", name]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads((SCHEMAS / f"{name}-v1.json").read_text("utf-8"))


def test_every_documented_schema_can_be_printed():
    assert set(schema.files().values()) == set(SCHEMAS.glob("*.json"))


def test_an_installed_package_has_its_own(tmp_path):
    file = tmp_path / "scanner/report/report-v1.json"
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    assert schema.files(tmp_path / "scanner") == {"report": file}


def test_another_name_is_told_which_there_are(capsys):
    assert run(["schema", "raport"]) == 2
    assert "did you mean 'report'" in capsys.readouterr().err
