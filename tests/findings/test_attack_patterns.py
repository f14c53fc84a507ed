"""The quick look over a command says no only where no pattern fits."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.findings import attack_patterns


@pytest.mark.parametrize("pattern", attack_patterns.PARTS, ids=lambda pattern: pattern.id)
@given(data=st.data())
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
def test_what_a_pattern_of_commands_fits_is_never_passed_over(pattern, data):
    if "command" not in pattern.kinds:
        return
    text = data.draw(st.from_regex(pattern.expression))
    assert attack_patterns.near(text)
