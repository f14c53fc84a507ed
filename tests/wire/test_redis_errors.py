import pytest

from scanner.wire.redis_errors import Meaning, lets_read_some_keys, meaning_of, refusal_of, speaks_redis, wants_arrays
from scanner.wire.resp import ErrorReply


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("NOAUTH Authentication required.", Meaning.REFUSED),
        ("ERR operation not permitted", Meaning.REFUSED),
        ("DENIED Redis is running in protected mode because ...", Meaning.REFUSED),
        ("-DENIED Valkey is running in protected mode", Meaning.REFUSED),
        ("ERR illegal address: 192.0.2.1:5", Meaning.REFUSED),
        ("NOPERM this user has no permissions to run the 'info' command", Meaning.RESTRICTED),
        ("ERR max number of clients reached", Meaning.LATER),
        ("LOADING Redis is loading the dataset in memory", Meaning.LET_IN),
        ("MASTERDOWN Link with MASTER is down", Meaning.LET_IN),
        ("ERR unknown command 'INFO'", Meaning.NO_SUCH_COMMAND),
        ("MOVED 15495 10.0.0.1:6379", Meaning.LET_IN),
        ("WRONGPASS invalid or missing auth token", Meaning.REFUSED),
        ("ERR something nobody wrote down", None),
        ("", None),
    ],
)
def test_an_error_is_understood(text, meaning):
    assert meaning_of(ErrorReply(text)) is meaning


@pytest.mark.parametrize("reply", [None, 1, "NOAUTH", b"NOAUTH Authentication required.", [b"NOAUTH"]])
def test_a_stored_value_that_reads_like_a_refusal_is_none(reply):
    assert meaning_of(reply) is None
    assert refusal_of(reply) is None


def test_a_refusal_is_quoted_and_protected_mode_is_put_shortly():
    assert "NOAUTH" in refusal_of(ErrorReply("NOAUTH Authentication required."))
    assert "protected mode" in refusal_of(ErrorReply("DENIED Redis is running in protected mode because " + "x" * 900))
    assert refusal_of(ErrorReply("LOADING")) is None


@pytest.mark.parametrize(
    ("text", "redis", "arrays"),
    [
        ("ERR Connection refused", True, False),
        ("IOERR x", True, False),
        ("upstream failure", True, False),
        ("downstream protocol error", True, True),
        ("ERR Protocol error: invalid multibulk length", True, True),
        ("what?", False, False),
    ],
)
def test_the_protocol_is_known_by_its_errors(text, redis, arrays):
    assert (speaks_redis(ErrorReply(text)), wants_arrays(ErrorReply(text))) == (redis, arrays)


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("NOPERM this user has no permissions to access one of the keys used as arguments", True),
        ("NOPERM No permissions to access a key", True),
        ("NOPERM User default has no permissions to run the 'get' command", False),
        ("ERR access a key", False),
    ],
)
def test_a_user_of_other_keys_may_read_some(text, some):
    assert lets_read_some_keys(ErrorReply(text)) is some
