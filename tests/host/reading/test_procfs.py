from hypothesis import given
from hypothesis import strategies as st

from scanner.host.reading.procfs import PF_KTHREAD, parse_stat


def test_a_name_may_hold_blanks_and_parentheses():
    stat = parse_stat(b"7 (a) (b) c) S 1 0 0 0 -1 2097152 0 0 0 0 3 4 0 0 20 0 1 0 99 0 0\n")
    assert (stat.name, stat.parent, stat.ticks, stat.started) == ("a) (b) c", 1, 7, 99)
    assert stat.flags & PF_KTHREAD


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(data):
    parse_stat(data)
