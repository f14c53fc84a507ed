"""Messages of LDAP: contents in, values out (RFC 4511 sections 4.1 and 4.5.2)."""

from scanner.core.errors import Malformed
from scanner.core.text import clean
from scanner.wire.ber import ENUMERATED, INTEGER, OCTETS, SEQUENCE, Item, parse_items


def parse_message(content: bytes) -> tuple[int, Item]:
    """Return (message number, operation) of a message's content; raises Malformed."""
    items = parse_items(content)
    if len(items) < 2 or items[0].tag != INTEGER:
        raise Malformed("not a message of LDAP")
    return items[0].number, items[1]


def parse_result(operation: Item) -> int:
    """Return the result code of a response (RFC 4511 section 4.1.9); raises Malformed."""
    items = parse_items(operation.content)
    if len(items) < 3 or items[0].tag != ENUMERATED or items[1].tag != OCTETS or items[2].tag != OCTETS:
        raise Malformed("not a result of LDAP")
    return items[0].number


def parse_entry(operation: Item) -> dict[str, list[bytes]]:
    """Return attribute name -> values of a search entry; raises Malformed."""
    items = parse_items(operation.content)
    if len(items) < 2 or items[0].tag != OCTETS or items[1].tag != SEQUENCE:
        raise Malformed("not an entry of LDAP")
    found: dict[str, list[bytes]] = {}
    for attribute in parse_items(items[1].content):
        pair = parse_items(attribute.content)
        if len(pair) != 2:
            raise Malformed("not an attribute of LDAP")
        found[clean(pair[0].content, 80)] = [value.content for value in parse_items(pair[1].content)]
    return found
