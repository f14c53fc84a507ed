"""The table knows every command; each has its module, which the table alone does not import."""

import pkgutil

import pytest

import scanner.cli
from scanner.cli.command_table import FAMILIES, TABLE, Kind, about, all_commands, load
from scanner.cli.main import HelpedGroup, make_root


@pytest.mark.parametrize("listed", TABLE, ids=lambda listed: listed.name)
def test_a_command_is_found_by_its_name(listed):
    command = load(listed.name)
    assert (command.name, command.about) == (listed.name, listed.about)
    assert about(listed.name) == listed.about
    assert listed.about.endswith(".")


def test_no_module_holds_a_command_that_the_table_does_not_know():
    known = {command.name for command in all_commands()}
    for info in pkgutil.iter_modules(scanner.cli.__path__):
        if info.name == "__main__":
            continue
        module = __import__(f"scanner.cli.{info.name}", fromlist=["*"])
        held = getattr(module, "COMMANDS", None) or [getattr(module, "COMMAND", None)]
        assert {one.name for one in held if one is not None} <= known, info.name


def test_families_and_headings_have_members():
    assert {listed.name.partition(" ")[0] for listed in TABLE if " " in listed.name} == set(FAMILIES)
    assert {listed.kind for listed in TABLE} == set(Kind)
    root = make_root()
    assert isinstance(root, HelpedGroup)
