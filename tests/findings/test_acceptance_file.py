from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.findings.acceptance_file import parse_acceptances, read_acceptances

FILE = Path("accept.toml")


def test_a_file_that_can_not_be_read_is_one_line(tmp_path):
    with pytest.raises(UsageError, match="can't be read"):
        read_acceptances(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xff")
    with pytest.raises(UsageError, match="UTF-8"):
        read_acceptances(tmp_path / "binary.toml")


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_in_one_line(text):
    message = ""
    try:
        parse_acceptances(text, FILE)
    except UsageError as error:
        message = str(error)
    assert "\n" not in message
