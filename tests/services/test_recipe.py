"""docs/adding-a-service.md leaves nothing out that a stranger would look up elsewhere."""

from pathlib import Path

import scanner.services
from scanner.core.facts import Access
from scanner.core.rule import Controls
from scanner.probes import check_file, conditions
from scanner.probes.registry import load_registry

TEXT = (Path(__file__).parents[2] / "docs" / "adding-a-service.md").read_text()


def test_it_names_every_category():
    folders = {path.name for path in Path(scanner.services.__path__[0]).iterdir() if (path / "__init__.py").exists()}
    assert {entry.category for entry in load_registry().entries} == folders
    assert [name for name in sorted(folders) if f"`{name}`" not in TEXT] == []


def test_it_names_every_grade_of_access_and_everything_that_can_lie_behind_a_door():
    assert [word for word in (*(one.word for one in Access), *Controls) if f"`{word}`" not in TEXT] == []


def test_it_names_every_field_of_a_check():
    fields = {name for names in check_file._FIELDS.values() for name in names} - {"exposed", "protected"}
    tables = {f"[{name}]" for name in ("identity", "exposed", "protected", "version", "evidence")}
    shown = {"identity", "version", "evidence", "rule", "example", "mood", "schema", "method", "body", "headers"}
    left = fields - shown
    assert [name for name in sorted(left) if f"`{name}`" not in TEXT and f"+ `{name}`" not in TEXT] == []
    assert [name for name in sorted(tables) if name not in TEXT] == []


def test_it_shows_every_form_of_a_condition():
    shown = [line for line in TEXT.split("{ ") if " }" in line]
    for form in conditions._FORMS:
        assert any(all(f"{word} = " in one.split(" }")[0] for word in form) for one in shown), form


def test_most_weaknesses_of_the_catalogue_are_in_its_table():
    """A CWE that two or more services use has a line that says when."""
    used: dict[int, set[str]] = {}
    for probe in load_registry().probes:
        for rule in probe.rules:
            for number in rule.cwe:
                used.setdefault(number, set()).add(probe.id)
    common = {number for number, services in used.items() if len(services) > 2}
    assert [number for number in sorted(common) if str(number) not in TEXT] == []
