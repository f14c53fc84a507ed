import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.wire.exposition import labels_of, metric_names, value_of

PAGE = b"""# HELP app_build_info A constant.
# TYPE app_build_info gauge
app_build_info{version="1.5.0",branch="a\\"b"} 1
app_queues 7
app_ratio{queue="x"} 2.5e-1
"""


def test_names_labels_and_values():
    assert metric_names(PAGE) == {"app_build_info", "app_queues", "app_ratio"}
    assert labels_of(PAGE, "app_build_info") == {"version": "1.5.0", "branch": 'a\\"b'}
    assert (value_of(PAGE, "app_queues"), value_of(PAGE, "app_ratio")) == (7.0, 0.25)


@pytest.mark.parametrize("metric", ["app_build", "build_info", "app_missing"])
def test_a_name_must_match_whole(metric):
    assert labels_of(PAGE, metric) == {}
    assert value_of(PAGE, metric) is None


@pytest.mark.parametrize("line", [b"app_queues e", b"app_queues +-1", b"app_queues NaN", b"app_queues"])
def test_what_is_no_number_has_no_value(line):
    assert value_of(line + b"\n", "app_queues") is None


@given(st.binary(max_size=300))
def test_any_bytes_are_read(body):
    metric_names(body)
    labels_of(body, "a")
    value_of(body, "a")
