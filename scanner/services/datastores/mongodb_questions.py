"""What a MongoDB is asked: reads that every release answers or refuses.

https://www.mongodb.com/docs/manual/reference/command/listDatabases/
"""

from scanner.wire.bson import encode
from scanner.wire.mongo_messages import OP_MSG, OP_QUERY, op_msg, op_query

_LIST: dict[str, int | str | bool] = {"listDatabases": 1, "nameOnly": True}
# A secondary answers only who says that the copy of a secondary will do.
_SECONDARY_OK = 4
_PREFERENCE = b"\x03$readPreference\0" + encode({"mode": "secondaryPreferred"})
HELLO = op_query(1, {"isMaster": 1})
BUILD = {OP_QUERY: op_query(2, {"buildInfo": 1}), OP_MSG: op_msg(2, {"buildInfo": 1})}
DATABASES = {OP_QUERY: op_query(3, _LIST), OP_MSG: op_msg(3, _LIST)}
FROM_SECONDARY = {
    OP_QUERY: op_query(4, _LIST, _SECONDARY_OK),
    OP_MSG: op_msg(4, _LIST, _PREFERENCE),
}
