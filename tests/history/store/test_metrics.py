from scanner.core.finding import FindingState
from scanner.history.store.add import add_run
from scanner.history.store.metrics import exposition
from tests.history.store.told import HOSTS, NOW, found, told


def test_an_empty_history_has_metrics_of_nought(store):
    with store.reading() as connection:
        text = exposition(connection, NOW)
    assert 'exposure_oldest_open_seconds{severity="high"} 0\n' in text
    assert "exposure_last_run" not in text


def test_ages_run_from_when_it_opened_and_accepted_ones_are_apart(store):
    accepted = found(HOSTS[1], state=FindingState.ACCEPTED)
    add_run(store, told(30, found(HOSTS[0]), accepted), NOW)
    with store.reading() as connection:
        text = exposition(connection, NOW)
    assert 'exposure_findings_open{severity="high",accepted="true"} 1\n' in text
    assert f'exposure_oldest_open_seconds{{severity="high"}} {31 * 86_400 - 6 * 3_600}\n' in text
    assert f"exposure_last_run_age_seconds {31 * 86_400 - 6 * 3_600}\n" in text
    assert "exposure_last_run_coverage_ratio 1.000000\n" in text
