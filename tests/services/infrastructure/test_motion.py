import pytest

from tests.support.checks import wrong_examples

SETTINGS = "webcontrol_port 8080\nwebcontrol_localhost off\nvideo_device /dev/null\ntarget_dir {dir}\n"
LOGIN = "webcontrol_auth_method 1\nwebcontrol_authentication u:p\n"


def test_the_examples_are_judged_as_written():
    assert wrong_examples("infrastructure/motion") == []


def start(server, cable, login=""):
    argv = ["motion", "-n", "-c", "{dir}/motion.conf"]
    files = {"motion.conf": SETTINGS + login}
    server(argv, package="motion", prefix=cable.prefix, files=files, ready=lambda _: cable.accepts(8080))
    return cable.see(8080, "motion")


@pytest.mark.root
@pytest.mark.fleet("motion", "open")
def test_cameras_without_a_login_are_exposed(server, cable):
    seen = start(server, cable)
    assert (seen["status"], seen["rules"]) == ("exposed", ["motion-no-auth"])


@pytest.mark.root
@pytest.mark.fleet("motion", "protected", unlike={"elsewhere": "its login names no product on the front page"})
def test_a_login_protects(server, cable):
    seen = start(server, cable, LOGIN)
    assert (seen["status"], seen["rules"]) == ("protected", [])
