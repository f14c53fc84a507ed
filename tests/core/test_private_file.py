from pathlib import Path

import pytest

from scanner.core.errors import UsageError
from scanner.core.private_file import private_text


def test_a_file_of_its_owner_alone_is_read_up_to_a_bound(tmp_path):
    file = tmp_path / "secret"
    file.write_text("word\n")
    file.chmod(0o600)
    assert private_text(file, "the words", 100) == "word\n"
    assert private_text(file, "the words", 2) == "wo"


@pytest.mark.parametrize(
    ("mode", "content", "why"),
    [(0o640, b"x", "others may read the words: chmod 600"), (0o600, b"\xff", "the words are not UTF-8")],
)
def test_a_file_that_others_may_read_or_that_is_no_text_is_refused(tmp_path, mode, content, why):
    file = tmp_path / "secret"
    file.write_bytes(content)
    file.chmod(mode)
    with pytest.raises(UsageError, match=why):
        private_text(file, "the words", 100)


def test_what_is_no_file_is_refused_with_advice(tmp_path):
    with pytest.raises(UsageError, match="the words can't be read: No such file or directory; make one"):
        private_text(tmp_path / "none", "the words", 100, "; make one")
    with pytest.raises(UsageError, match="not a regular file"):
        private_text(Path("/dev/null"), "the words", 100)
