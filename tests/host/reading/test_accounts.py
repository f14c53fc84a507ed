import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.host.reading import accounts
from scanner.host.reading.files import Files
from scanner.host.snapshot import HistoryState


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def write(files, path, data):
    file = files.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data if isinstance(data, bytes) else data.encode())


def people(files, text, shadow=None):
    write(files, "etc/passwd", text)
    if shadow is not None:
        write(files, "etc/shadow", shadow)
    return accounts.read_accounts(files)


@pytest.mark.parametrize(
    ("line", "uid", "shell"),
    [
        ("x:x:0:0:Some One:/root:/bin/bash", 0, "/bin/bash"),
        ("x:x:1000:1000::/home/x:/bin/sh:more", 1000, "/bin/sh"),
        # What glibc takes is an account, however odd: an intruder's line must not hide behind its form.
        ("x:x:0:0", 0, ""),
        ("x:x:0:0::/root", 0, ""),
        ("x:x:+0:0::/root:/bin/sh", 0, "/bin/sh"),
        ("x:x:-0:0::/root:/bin/sh", 0, "/bin/sh"),
        ("x:x: 0: 0::/root:/bin/sh", 0, "/bin/sh"),
        ("x:x:" + "0" * 30 + ":0::/root:/bin/sh", 0, "/bin/sh"),
    ],
)
def test_an_account_is_what_the_system_takes_for_one(files, line, uid, shell):
    (account,) = people(files, f"# root\n{line}\n")
    assert (account.name, account.uid, account.shell, account.line) == ("x", uid, shell, 2)


@pytest.mark.parametrize(
    "line", ["x", "x:x:0", "x:x::0::/:/sh", "x:x:\u00b2:0::/:/sh", "x:x:a:0::/:/sh", "x:x:" + "9" * 5_000 + ":0::/:/s"]
)
def test_what_is_no_account_is_passed_over(files, line):
    assert people(files, line) == ()


@pytest.mark.parametrize(
    ("password", "shadow", "none"),
    [
        ("", None, True),
        ("x", None, False),
        ("x", "x::1:0:99999:7:::", True),
        ("x", "x:!:1:::::", False),
        ("x", "x:$6$a$b:1:::::", False),
        ("x", "y::1:::::", False),
        ("*", "x::1:::::", False),
    ],
)
def test_a_password_is_missing_where_its_field_is_empty(files, password, shadow, none):
    (account,) = people(files, f"x:{password}:9:9::/x:/bin/sh\n", shadow)
    assert account.no_password is none


def test_keys_are_read_from_where_sshd_looks_for_them(files):
    found = people(files, "root:x:0:0::/root:/bin/sh\nd:x:9:9::/home/d:/bin/sh\n")
    write(files, "etc/ssh/sshd_config", "AuthorizedKeysFile .ssh/authorized_keys /etc/keys/%u %h/.k/%%u_%U\n")
    write(files, "etc/ssh/sshd_config.d/9.conf", "AuthorizedKeysFile /etc/more\n")
    write(files, "root/.ssh/authorized_keys", "# a\nssh-ed25519 AAA a@b\n")
    write(files, "etc/keys/d", "ssh-rsa BBB c@d\n")
    write(files, "home/d/.k/%u_9", "ssh-rsa CCC\n")
    write(files, "etc/more", "ssh-rsa DDD\n")
    assert [(key.file, key.line, key.user) for key in accounts.read_keys(files, found)] == [
        ("/root/.ssh/authorized_keys", 2, "root"),
        ("/etc/more", 1, "root"),
        ("/etc/keys/d", 1, "d"),
        ("/home/d/.k/%u_9", 1, "d"),
    ]


@pytest.mark.parametrize("home", ["/a\0b", "/../../../../../../../../tmp", ""])
def test_a_home_that_leads_elsewhere_shows_nothing_and_ends_nothing(files, tmp_path, home):
    found = people(files, f"d:x:9:9::{home}:/bin/sh\n")
    write(files, "etc/ssh/sshd_config", "AuthorizedKeysFile %h/\0x none\n")
    write(files, "var/log/wtmp", login("d"))
    assert accounts.read_keys(files, found) == ()
    assert accounts.read_histories(files, found) == ()
    assert accounts.read_history_lines(files, found) == ()


def login(user, kind=7):
    return bytes([kind]) + bytes(43) + user.encode().ljust(32, b"\0") + bytes(308)


@pytest.mark.parametrize(
    ("log", "content", "state"),
    [
        (login("d"), b"", [HistoryState.EMPTY]),
        (login("e") + login("d"), b"", [HistoryState.EMPTY]),
        (login("d", kind=8), b"", []),
        (login("d")[:-1], b"", []),
        (login("d"), b"ls\n", []),
        (b"", b"", []),
        (b"", None, [HistoryState.LINKED_AWAY]),
        (login("d"), None, [HistoryState.LINKED_AWAY]),
    ],
)
def test_a_history_is_wiped_when_it_is_linked_away_or_empty_after_a_login(files, log, content, state):
    found = people(files, "d:x:9:9::/home/d:/bin/sh\n")
    write(files, "var/log/wtmp", log)
    write(files, "home/d/.bash_history", content or b"")
    if content is None:
        (files.root / "home/d/.bash_history").unlink()
        (files.root / "home/d/.bash_history").symlink_to("/dev/null")
    assert [one.state for one in accounts.read_histories(files, found)] == state


def test_the_newest_logins_of_a_long_log_count(files, monkeypatch):
    monkeypatch.setattr(accounts, "_RECORDS", 3)
    found = people(files, "d:x:9:9::/home/d:/bin/sh\n")
    write(files, "home/d/.bash_history", b"")
    for log, state in (
        (login("e") * 5 + login("d") + login("e") * 2 + b"torn", [HistoryState.EMPTY]),
        (login("d") + login("e") * 5, []),
    ):
        write(files, "var/log/wtmp", log)
        assert [one.state for one in accounts.read_histories(files, found)] == state
    write(files, "var/log/wtmp.1", login("d"))
    assert accounts.read_histories(files, found)


def test_lines_of_histories_name_their_user_and_place(files):
    found = people(files, "d:x:9:9::/home/d:/bin/sh\n")
    write(files, "home/d/.zsh_history", "ls\n\ncurl x | sh\n")
    told = [(line.file, line.line, line.text, line.user) for line in accounts.read_history_lines(files, found)]
    assert told == [("/home/d/.zsh_history", 1, "ls", "d"), ("/home/d/.zsh_history", 3, "curl x | sh", "d")]


def test_preloads_are_parted_by_blanks_and_colons(files):
    write(files, accounts.PRELOAD, "# x\n/lib/a.so:/lib/b.so\t/lib/c.so\n")
    assert [(line.text, line.line) for line in accounts.read_preloads(files)] == [
        ("/lib/a.so", 2),
        ("/lib/b.so", 2),
        ("/lib/c.so", 2),
    ]


def test_no_file_of_a_test_is_immutable(files):
    write(files, "etc/crontab", "")
    assert accounts.read_immutable(files) == ()


@settings(max_examples=20)
@given(st.binary(max_size=120))
def test_any_bytes_are_survived(tmp_path_factory, data):
    files = Files(tmp_path_factory.getbasetemp() / "any")
    for path in ("etc/passwd", "etc/shadow", "etc/ld.so.preload", "etc/ssh/sshd_config", "var/log/wtmp"):
        write(files, path, data)
    found = accounts.read_accounts(files)
    for read in (accounts.read_keys, accounts.read_histories, accounts.read_history_lines):
        read(files, found)
    accounts.read_preloads(files)
