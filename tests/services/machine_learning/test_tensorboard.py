import asyncio
from pathlib import Path

import pytest

import scanner.services.machine_learning as room
from scanner.probes.check_file import read_check
from scanner.probes.examples import failing_examples
from tests.fleet.server import ROOT

FOLDER = Path(room.__file__).parent


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.toml")), ids=lambda file: file.stem)
def test_the_checks_of_this_room_say_of_their_examples_what_they_should(file):
    assert asyncio.run(failing_examples(read_check(file))) == []


def start(server):
    argv = [str(ROOT / ".fleet/pypi/tensorboard/bin/tensorboard"), "--logdir", "{dir}", "--host", "{address}"]
    return server([*argv, "--port", "6006", "--load_fast=false"], [6006], package="tensorboard", patience_s=60)


@pytest.mark.fleet("tensorboard", "open", lint="tensorflow/tensorflow:2.15.0")
def test_a_real_server_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "tensorboard", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["tensorboard-no-auth"])
    assert verdict.row.evidence["runs"] == 0
    assert see(running).service == "tensorboard"


@pytest.mark.timeout(200)
@pytest.mark.fleet("tensorboard", "protected", unlike={"elsewhere": "a password hides the front page that names it"})
def test_a_password_before_its_runs_protects(server, see):
    front = server.front(
        f"http://{start(server).address}:6006", 6006, public=("= /data/environment",), user="u", password="p"
    )
    assert see(front, "tensorboard").status == "protected"
