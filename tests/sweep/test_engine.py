from scanner.sweep.engine import Tally


def test_only_endpoints_with_a_final_state_are_settled():
    assert Tally(planned=99, open=1, closed=20, filtered=300, unreachable=4_000, unscanned=50_000).settled == 4_321
