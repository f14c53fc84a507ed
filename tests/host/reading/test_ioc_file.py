import pytest

from scanner.core.errors import UsageError
from scanner.host.reading.ioc_file import parse_ioc


def test_each_kind_is_told_by_its_form():
    text = f"# mine\n8.8.4.4\n10.1.2.3/16 # pool\n2001:db8::1\n{'A' * 64}\n{'b' * 32}\nimage:evil\nbad/image:latest\n"
    listed = parse_ioc(text, "f")
    assert listed.addresses == {"8.8.4.4", "2001:db8::1"}
    assert listed.networks == ("10.1.0.0/16",)
    assert listed.hashes == {"a" * 64, "b" * 32}
    assert listed.images == {"evil", "bad/image:latest"}


def test_what_is_none_of_these_is_named_with_its_line():
    with pytest.raises(UsageError, match=r"f:2: .*is no address"):
        parse_ioc("8.8.4.4\n$(id)\n", "f")
