import pytest

from scanner.core.errors import UsageError
from scanner.serve.users import NOBODY, make_user, read_users, write_user


def test_a_user_survives_the_file_and_another_of_the_name_takes_the_place(tmp_path):
    file = tmp_path / "users.txt"
    write_user(file, make_user("alice", "first password"))
    write_user(file, make_user("bob", "bobs long word"))
    write_user(file, make_user("alice", "second password"))
    users = read_users(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [users["alice"].knows("second password"), users["alice"].knows("first password")] == [True, False]
    assert sorted(users) == ["alice", "bob"]
    assert "second" not in file.read_text()


@pytest.mark.parametrize(
    ("name", "password"), [("", "x" * 12), ("a:b", "x" * 12), ("Alice", "x" * 12), ("alice", "short")]
)
def test_what_is_no_name_or_password_is_refused(name, password):
    with pytest.raises(UsageError):
        make_user(name, password)


@pytest.mark.parametrize(
    "line",
    [
        "alice",
        "alice:1:8:1:00:00",
        "alice:1073741824:8:1:" + "00" * 16 + ":" + "00" * 32,
        "alice:32768:8:1:zz:00",
        "a:b:c:d:e:f:g",
    ],
)
def test_a_line_that_is_no_user_is_named(tmp_path, line):
    file = tmp_path / "users.txt"
    file.write_text(f"# users\n{line}\n")
    file.chmod(0o600)
    with pytest.raises(UsageError, match=r"users\.txt:2"):
        read_users(file)


def test_a_file_that_others_may_read_or_that_is_empty_is_refused(tmp_path):
    file = tmp_path / "users.txt"
    with pytest.raises(UsageError, match="--add-user"):
        read_users(file)
    write_user(file, make_user("alice", "first password"))
    file.chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        read_users(file)
    file.write_text("")
    file.chmod(0o600)
    with pytest.raises(UsageError, match="no user"):
        read_users(file)


def test_nobody_knows_no_password():
    assert not NOBODY.knows("")
