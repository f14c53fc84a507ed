import pytest

from scanner.host.paths import disguised, hidden, in_command, temporary


@pytest.mark.parametrize("path", ["/tmp/x", "/var/tmp/.x/y", "/dev/shm/a"])
def test_temporary(path):
    assert temporary(path)


@pytest.mark.parametrize("path", ["/usr/bin/x", "/tmpfiles/x", "/home/a/tmp/x"])
def test_not_temporary(path):
    assert not temporary(path)


@pytest.mark.parametrize("path", ["/usr/lib/.../x", "/var/ /x", "/opt/. x/y"])
def test_disguised(path):
    assert disguised(path)


@pytest.mark.parametrize("path", ["/home/a/.pyenv/x", "/home/a/my files/x", "/usr/bin/[", "/opt/a.b/c"])
def test_not_disguised(path):
    assert not disguised(path)


def test_hidden_and_in_command():
    assert hidden("/home/a/.cache/x")
    assert in_command("nice /tmp/.x/run -c '/etc/y' http://a/b") == ("/tmp/.x/run", "/etc/y")
