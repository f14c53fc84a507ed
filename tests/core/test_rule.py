import pytest

from scanner.core.facts import Access, Facts
from scanner.core.rule import reads


@pytest.mark.parametrize("least", Access)
@pytest.mark.parametrize("access", Access)
def test_a_rule_holds_from_its_access_upwards_and_never_below(least, access):
    assert reads(least, "it is so")(Facts(access=access)) == ("it is so" if access.value >= least.value else None)
