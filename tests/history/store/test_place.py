from pathlib import Path

import pytest

from scanner.core.errors import StoreError, UsageError
from scanner.history.store.place import default_path, demand_local, read_place, words_of


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("/a/b.db", "/a/b.db"),
        ("sqlite:////a/b.sqlite", "/a/b.sqlite"),
        ("postgresql://me:secret@db.internal/x", "postgresql://me:***@db.internal/x"),
        ("postgres://db.internal:5433/x", "postgresql://db.internal:5433/x"),
    ],
)
def test_a_place_is_read_and_shown_without_its_password(word, shown):
    assert words_of(read_place(word)) == shown


@pytest.mark.parametrize(
    "word",
    ["10.0.0.0/24", "127.0.0.1", "report.json", "mysql://x/y", "sqlite://", "postgresql://[::1", "http://x/y.db", ""],
)
def test_what_names_no_history_is_refused(word):
    with pytest.raises(UsageError):
        read_place(word)


def test_the_default_follows_the_data_folder(monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert str(default_path()) == "/data/exposure/history.db"
    assert read_place("default").database == "/data/exposure/history.db"
    # The specification has relative paths ignored.
    monkeypatch.setenv("XDG_DATA_HOME", "data")
    assert default_path() == Path.home() / ".local/share/exposure/history.db"


MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/vdb /home/local ext4 rw 0 0
//server/share /mnt/with\\040space cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("/var/history.db", False),
        ("/home/me/history.db", True),
        ("/home/local/history.db", False),
        ("/mnt/with space/history.db", True),
        ("/homeless/history.db", False),
    ],
)
def test_a_file_of_another_machine_is_refused(tmp_path, path, refused):
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    if refused:
        with pytest.raises(StoreError, match="network file system"):
            demand_local(Path(path), mounts)
    else:
        demand_local(Path(path), mounts)


def test_a_machine_without_proc_is_trusted(tmp_path):
    demand_local(tmp_path / "x.db", tmp_path / "none")
