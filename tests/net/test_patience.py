import pytest

from scanner.net.patience import Patience


@pytest.mark.parametrize(
    ("factor", "slowest_s", "limit_s"),
    [(1.0, 0.0, 3.0), (1.0, 0.9, 3.0), (1.0, 2.0, 6.0), (3.0, 2.0, 9.0), (3.0, 4.0, 12.0), (1.0, 60.0, 30.0)],
)
def test_limits_follow_what_the_peer_has_shown(factor, slowest_s, limit_s):
    patience = Patience(factor)
    patience.heard(slowest_s)
    patience.heard(0.1)
    assert patience.of(3.0) == limit_s
