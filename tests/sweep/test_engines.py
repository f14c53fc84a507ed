import pytest

from scanner.core.engine_name import EngineName
from scanner.sweep.engines import make_engine


@pytest.mark.parametrize("name", [EngineName.CONNECT, EngineName.SYN, EngineName.NMAP])
def test_each_name_makes_its_engine(name):
    assert make_engine(name, {53: b"question"}).name == name
