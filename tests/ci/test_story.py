import subprocess
from pathlib import Path

import pytest

from tests.fleet.server import new_address

STORY = Path(__file__).parent / "story.sh"


@pytest.mark.real
@pytest.mark.timeout(180)
def test_the_life_of_an_exposure_as_ci_sees_it(command, server):
    server.need("redis-server", "redis-server")
    told = subprocess.run(
        ["bash", str(STORY), new_address(), "6379"],
        env=command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.endswith("the story is told\n")
