import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PACKAGE = "h2"
JARS = str(ROOT / ".fleet/maven/h2/lib/*")


def test_the_examples_are_judged_as_written():
    assert wrong_examples("datastores/h2-console") == []


def start(server, cable, *options):
    argv = ["java", "-cp", JARS, "org.h2.tools.Server", "-web", "-webPort", "8082", *options]
    server(argv, package=PACKAGE, prefix=cable.prefix, ready=lambda _: cable.accepts(8082), patience_s=60)
    return cable.see(8082, "h2-console")


@pytest.mark.root
@pytest.mark.fleet("h2-console", "open")
def test_a_console_for_others_is_exposed(server, cable):
    seen = start(server, cable, "-webAllowOthers")
    assert (seen["status"], seen["rules"]) == ("exposed", ["h2-console-remote"])


@pytest.mark.root
@pytest.mark.fleet("h2-console", "protected")
def test_a_console_for_this_machine_is_protected(server, cable):
    seen = start(server, cable)
    assert (seen["status"], seen["rules"]) == ("protected", [])
