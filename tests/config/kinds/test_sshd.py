import pytest

from scanner.config.kinds import sshd


@pytest.mark.parametrize(
    "line",
    [
        "AuthorizedKeysFile /etc/keys/%u .ssh/k",
        "authorizedkeysfile\t/etc/keys/%u   .ssh/k",
        "AuthorizedKeysFile=/etc/keys/%u .ssh/k",
        'AuthorizedKeysFile = "/etc/keys/%u" .ssh/k',
    ],
)
def test_each_notation_says_the_same(line):
    (entry,) = sshd.KIND.read(f"# x\n{line}\n", "sshd_config")
    assert (entry.name, entry.value, entry.anchor.line) == ("authorizedkeysfile", "/etc/keys/%u .ssh/k", 2)


def test_only_the_first_equals_sign_stands_for_a_blank():
    (entry,) = sshd.KIND.read("SetEnv=A=b\n", "f")
    assert (entry.name, entry.value) == ("setenv", "A=b")


def test_a_quote_that_is_not_closed_is_said():
    settings = sshd.KIND.read('Port 22\nBanner "x\n', "f")
    assert [entry.name for entry in settings] == ["port"]
    assert [unread.anchor.line for unread in settings.unread] == [2]
