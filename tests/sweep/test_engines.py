import pytest

from scanner.sweep.engines import make_engine


@pytest.mark.parametrize("name", ["connect", "syn", "nmap"])
def test_each_name_makes_its_engine(name):
    assert make_engine(name, {53: b"question"}).name == name
