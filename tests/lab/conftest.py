import pytest

from tests.lab.namespaces import Lab, make_lab, why_not


@pytest.fixture(scope="module")
def module_lab():
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with make_lab() as lab:
        yield lab


@pytest.fixture
def lab(module_lab: Lab):
    yield module_lab
    module_lab.rules("")
    module_lab.rules("", where=module_lab.here)
