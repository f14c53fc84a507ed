import resource

import pytest

from scanner.core.errors import SetupError
from scanner.sweep.connect import descriptors


@pytest.mark.parametrize(
    ("limit", "wanted", "size"),
    [(1_024, None, 704), (64, None, 20), (20_000, None, 12_000), (20_000, 100, 100), (256, 5_000, 128), (1_024, 0, 1)],
)
def test_room_is_left_for_everything_else(limit, wanted, size):
    assert descriptors.most_in_flight(wanted, limit) == size


def test_too_few_descriptors_are_an_error_that_names_the_remedy():
    with pytest.raises(SetupError, match="ulimit -n"):
        descriptors.most_in_flight(None, 30)


def test_the_soft_limit_is_raised_towards_the_hard_one():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
        found = descriptors.descriptors()
        assert found == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        assert found >= min(hard, 512)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
