import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.host.masking import without_secrets


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("mysql --password=geheim -u root", "mysql --password=*** -u root"),
        ("mysql --password geheim", "mysql --password ***"),
        ("mysql -pgeheim", "mysql -p***"),
        ("curl http://a:geheim@b/", "curl http://a:***@b/"),
        ("curl -u a:geheim b", "curl -u a:*** b"),
        ("curl -H 'Authorization: Bearer geheim' b", "curl -H 'Authorization: Bearer *** b"),
        ("AWS_SECRET_KEY=geheim aws", "AWS_SECRET_KEY=*** aws"),
        ("redis-server --requirepass 'ge heim' --port 1", "redis-server --requirepass *** --port 1"),
        ("etcd --auth-token=jwt,sign-key=/k", "etcd --auth-token=***"),
        ("vault -root-token geheim", "vault -root-token ***"),
        ("run -p 80:80 -p8080 --publish=1 --pids-limit=2", "run -p 80:80 -p8080 --publish=1 --pids-limit=2"),
        ("x --password --verbose", "x --password --verbose"),
        ("keyctl show; ls -la /etc/pass", "keyctl show; ls -la /etc/pass"),
    ],
)  # fmt: skip
def test_secrets_are_masked_and_the_rest_stays(line, shown):
    assert without_secrets(line) == shown


@given(st.text(max_size=200))
def test_any_text_is_survived(text):
    without_secrets(text)


@pytest.mark.parametrize("part", ["KEY", "a-", "--", "-p", "://", "token ", "-u a", "\\", '"'])
def test_no_text_takes_more_than_a_moment(part):
    # Quadratic patterns would take minutes for this, and the run would time out.
    without_secrets(part * (1_000_000 // len(part)))
