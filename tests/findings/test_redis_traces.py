import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.findings.redis_traces import candidates

KINDS = ("config", "key", "module", "link")


def found(**traces):
    return [(one.id, one.certain) for one in candidates(traces)]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("key", "crackit", "redis-key-crackit"),
        ("key", "CrackIt", "redis-key-crackit"),
        ("config", "dir /var/spool/cron", "redis-writes-to-cron"),
        ("config", "dir=/var/spool/cron/crontabs", "redis-writes-to-cron"),
        ("config", "dir: /etc/cron.d", "redis-writes-to-cron"),
        ("config", "DIR = /ETC/CRON.D", "redis-writes-to-cron"),
        ("config", "dir /root/.ssh", "redis-writes-to-ssh"),
        ("config", "dir=/home/git/.ssh/", "redis-writes-to-ssh"),
        ("config", "dbfilename authorized_keys", "redis-writes-to-ssh"),
        ("config", "dbfilename authorized_keys2", "redis-writes-to-ssh"),
        ("config", "dir=/var/www/html", "redis-writes-to-a-web-root"),
        ("config", "dbfilename=shell.php", "redis-writes-a-web-shell"),
        ("config", "dbfilename=exp.so", "redis-writes-a-library"),
        ("module", "system", "module-of-an-attack"),
        ("module", "Exp_Lin 1", "module-of-an-attack"),
    ],
)
def test_one_published_trace_is_enough(kind, value, expected):
    assert found(**{kind: (value,)}) == [(expected, True)]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("key", "Backup1", "redis-keys-of-a-worm"),
        ("module", "our-own-module 1", "module-unknown"),
        ("link", "8.8.8.8:6379", "redis-master-on-the-internet"),
        ("link", "master 8.8.8.8", "redis-master-on-the-internet"),
        ("link", "[2001:4860:4860::8888]:6379", "redis-master-on-the-internet"),
    ],
)
def test_what_an_honest_server_may_show_is_weak(kind, value, expected):
    assert found(**{kind: (value,)}) == [(expected, False)]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("key", "backup10"),
        ("key", "mybackup1"),
        ("key", "crackit2"),
        ("config", "dir /var/lib/redis"),
        ("config", "dir /srv/www.data"),
        ("config", "dir /var/lib/cron"),
        ("config", "dbfilename dump.rdb"),
        ("config", "dir /opt/app.so"),
        ("config", "save /var/spool/cron"),
        ("config", ""),
        ("module", "ReJSON 20609"),
        ("module", " "),
        ("link", "10.0.0.5:6379"),
        ("link", "203.0.113.5:6379"),
        ("link", "999.8.8.8:6379"),
        ("link", "[fd00::1]:6379"),
        ("link", "redis-master.example:6379"),
    ],
)
def test_an_honest_server_says_nothing(kind, value):
    assert found(**{kind: (value,)}) == []


def test_several_keys_of_the_worm_are_certain_and_named_once():
    (one,) = candidates({"key": ("backup2", "BACKUP1", "backup1", "other")})
    assert (one.id, one.detail, one.certain) == ("redis-keys-of-a-worm", "backup1, backup2", True)


@given(st.dictionaries(st.sampled_from(KINDS), st.lists(st.text(max_size=40) | st.just("dir /etc/cron\x1b[2J"))))
def test_whatever_a_server_says_details_are_one_clean_line(traces):
    for one in candidates(traces):
        assert one.detail.isprintable()
        assert len(one.detail) <= 512
