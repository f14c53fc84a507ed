import struct

import pytest

from scanner.wire.bson import decode
from scanner.wire.mongo_messages import OP_MSG, OP_QUERY, op_msg, op_query


@pytest.mark.parametrize(
    ("message", "kind"), [(op_query(7, {"isMaster": 1}), OP_QUERY), (op_msg(7, {"hello": 1}), OP_MSG)]
)
def test_the_head_says_length_number_and_kind(message, kind):
    assert struct.unpack_from("<iiii", message) == (len(message), 7, 0, kind)


def test_a_query_asks_for_one_document_of_the_commands_collection():
    message = op_query(1, {"isMaster": 1}, flags=4)
    flags, rest = message[16:20], message[20:]
    name, _, rest = rest.partition(b"\0")
    assert (flags, name, struct.unpack_from("<ii", rest)) == (b"\4\0\0\0", b"admin.$cmd", (0, -1))
    assert decode(rest, 8) == {"isMaster": 1}


def test_a_message_names_its_database_and_takes_more_that_is_encoded_already():
    message = op_msg(1, {"listDatabases": 1}, more=b"\x08nameOnly\0\1")
    assert message[16:21] == b"\0" * 5
    assert decode(message, 21) == {"listDatabases": 1, "$db": "admin", "nameOnly": True}
