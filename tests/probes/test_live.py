from scanner.probes.live import Live


def test_what_was_asked_here_and_elsewhere_is_counted_together():
    live = Live()
    live.observations.append(object())
    live.asked_elsewhere = 3
    assert live.asked == 4
