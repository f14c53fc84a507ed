import pytest

from tests.fleet.server import ROOT
from tests.support.checks import wrong_examples

PROGRAM = str(ROOT / ".fleet/pypi/gradio/bin/python")

APP = (
    "import gradio; gradio.Interface(lambda x: x, 'text', 'text')"
    ".launch(server_name='{address}', server_port=7860, auth=LOGIN)"
)


def test_the_examples_are_judged_as_written():
    assert wrong_examples("machine_learning/gradio") == []


def start(server, login="None"):
    app = APP.replace("LOGIN", login)
    env = {"GRADIO_ANALYTICS_ENABLED": "False"}
    return server([PROGRAM, "-c", app], [7860], package="gradio", env=env, patience_s=90)


@pytest.mark.timeout(180)
@pytest.mark.fleet("gradio", "open")
def test_a_server_without_a_login_is_exposed(server, see):
    running = start(server)
    verdict = see(running, "gradio", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["gradio-no-auth"])
    assert see(running).service == "gradio"


@pytest.mark.timeout(180)
@pytest.mark.fleet("gradio", "protected")
def test_a_login_protects(server, see):
    verdict = see(start(server, "('u', 'p')"), "gradio", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
