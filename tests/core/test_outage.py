from scanner.core.outage import QUIETS_S, quiet_s


def test_the_quiets_grow_and_the_last_outlives_a_ban_of_a_minute():
    quiets = [quiet_s(asked) for asked in range(len(QUIETS_S))]
    assert quiets == sorted(quiets)
    assert quiets[-1] > 60
    assert quiet_s(len(QUIETS_S)) is None
