import pytest

from scanner.core.suggestion import did_you_mean

KNOWN = ("redis", "docker-api", "etcd")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("reddis", "; did you mean 'redis'?"),
        ("REDIS", "; did you mean 'redis'?"),
        ("docker_api", "; did you mean 'docker-api'?"),
        ("postgresql", ""),
        ("", ""),
    ],
)
def test_a_near_word_is_suggested_and_a_far_one_is_not(typed, said):
    assert did_you_mean(typed, KNOWN) == said


def test_where_nothing_is_known_nothing_is_suggested():
    assert did_you_mean("redis", iter(())) == ""
