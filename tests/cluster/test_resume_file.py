import pytest

from scanner.cluster.resume_file import begin_kept, demand_same, read_kept
from scanner.core.errors import UsageError

IDENTITY = {"scope": "10.0.0.0-10.0.0.255", "seed": "7"}


def test_a_run_is_kept_once_and_read_again(tmp_path):
    path = tmp_path / "run.state"
    assert read_kept(path) is None
    kept = begin_kept(path, 7, IDENTITY)
    assert read_kept(path) == kept
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError, match="File exists"):
        begin_kept(path, 7, IDENTITY)
    demand_same(kept, IDENTITY, path)
    with pytest.raises(UsageError, match="another run: seed: 7 then, 8 now"):
        demand_same(kept, {**IDENTITY, "seed": "8"}, path)


@pytest.mark.parametrize("text", ["", "[]", "{}", "SQLite format 3", '{"schema": "exposure-scanner/cluster-run/v1"}'])
def test_another_file_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / "run.state"
    path.write_text(text)
    with pytest.raises(UsageError):
        read_kept(path)


def test_a_place_where_no_file_can_be_is_named(tmp_path):
    with pytest.raises(UsageError, match="can't be kept"):
        begin_kept(tmp_path / "no" / "run.state", 7, IDENTITY)
    with pytest.raises(UsageError, match="can't be read"):
        read_kept(tmp_path)
