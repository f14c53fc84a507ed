"""The messages of SMB 2 by themselves; conversations are in tests/services/files/test_smb.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed
from scanner.wire import smb2


def number(value):
    return value.to_bytes(4, "little")


def text(words):
    data = (words + "\0").encode("utf-16-le")
    count = number(len(data) // 2)
    return count + bytes(4) + count + data + bytes(-len(data) % 4)


def shares(*rows, flags=3, count=None, twice=None):
    """Return the answer to NetrShareEnum as Samba writes it (MS-SRVS section 2.2.4.33)."""
    count = len(rows) if count is None else count
    body = number(1) * 2 + number(0x20000) + number(count) + number(0x20004)
    body += number(count if twice is None else twice)
    body += b"".join(number(bool(name)) + number(kind) + number(bool(comment)) for name, kind, comment in rows)
    body += b"".join(text(word) for name, _, comment in rows for word in (name, comment) if word)
    return bytes([5, 0, 2, flags]) + bytes(20) + body


ROWS = (("pub", 0, "Public"), ("IPC$", 0x80000003, "IPC Service"), ("odd", 0, ""))
FOUND = [("pub", 0), ("IPC$", 0x80000003), ("odd", 0)]


def test_shares_have_a_name_and_a_kind():
    assert smb2.parse_shares(shares(*ROWS)) == FOUND
    assert smb2.parse_shares(shares(("", 0, "no name"))) == [("", 0)]


def test_a_list_without_an_array_is_empty():
    assert smb2.parse_shares(bytes([5, 0, 2, 3]) + bytes(20) + number(1) * 2 + number(9) + number(0) + number(0)) == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        shares(*ROWS)[:-2],
        shares(*ROWS, twice=0),
        shares(*ROWS, count=2_001),
        shares(*ROWS).replace(b"\2\3", b"\3\3", 1),
        shares(*ROWS, count=2_000, flags=1),
    ],
    ids=["empty", "cut", "two-lengths", "too-many", "fault", "cut-in-rows"],
)
def test_what_is_no_whole_list_is_malformed_and_not_an_empty_one(data):
    with pytest.raises(Malformed):
        smb2.parse_shares(data)


@pytest.mark.parametrize(("cut", "known"), [(2, 3), (30, 2), (60, 2), (90, 1)])
def test_of_several_fragments_the_names_in_the_first_count(cut, known):
    data = shares(*ROWS, flags=1)
    assert not smb2.is_last(data)
    assert smb2.parse_shares(data[:-cut]) == FOUND[: len(smb2.parse_shares(data[:-cut]))]
    assert len(smb2.parse_shares(data[:-cut])) in {known, known - 1}


@given(st.integers(0, 400), st.binary(max_size=6), st.integers(0, 3))
def test_a_spoilt_list_is_malformed_or_read(at, junk, flags):
    data = shares(*ROWS, flags=flags)
    try:
        found = smb2.parse_shares(data[:at] + junk + data[at + len(junk) :])
    except Malformed:
        return
    assert len(found) <= len(ROWS)


def response(status=0, command=smb2.NEGOTIATE, flags=1, body=b"body"):
    head = b"\xfeSMB\x40\0\0\0" + number(status) + command.to_bytes(2, "little") + b"\1\0" + bytes([flags]) + bytes(19)
    return head + b"tree" + b"session8" + bytes(16) + body


def test_a_response_is_taken_apart():
    assert smb2.parse_answer(response(0xC0000022), smb2.NEGOTIATE) == (0, 0xC0000022, b"tree", b"session8", b"body")


@pytest.mark.parametrize(
    "message", [b"", response()[:63], response(flags=0), response(command=1), b"\xffSMB" + response()[4:]]
)
def test_other_messages_are_malformed(message):
    with pytest.raises(Malformed):
        smb2.parse_answer(message, smb2.NEGOTIATE)


def test_a_request_has_its_command_number_tree_and_session_where_they_are_said_to_be():
    message = smb2.request(smb2.CREATE, 7, b"x", tree=b"tree", session=b"session8")
    assert int.from_bytes(message[:4], "big") == len(message) - 4
    assert (message[40:44], message[44:52]) == (b"tree", b"session8")
    assert (message[4:8], message[16], message[28]) == (b"\xfeSMB", smb2.CREATE, 7)
    pipe = smb2.transceive(6, b"data", file=b"0123456789abcdef")
    assert pipe[slice(*smb2.FILE_SPAN)] == b"0123456789abcdef"
    assert pipe.endswith(b"data")


@pytest.mark.parametrize(("mode", "demanded"), [(0, False), (1, False), (2, True), (3, True)])
def test_an_agreement_has_a_dialect_and_may_demand_signatures(mode, demanded):
    body = b"A\0" + bytes([mode, 0]) + (0x0302).to_bytes(2, "little") + bytes(58)
    assert smb2.parse_negotiated(body) == (0x0302, demanded)
    with pytest.raises(Malformed):
        smb2.parse_negotiated(body[:63])


def target(*pairs, length=None, offset=48):
    names = b"".join(kind.to_bytes(2, "little") + len(raw).to_bytes(2, "little") + raw for kind, raw in pairs)
    size = (len(names) if length is None else length).to_bytes(2, "little")
    return b"xx" + b"NTLMSSP\0\2\0\0\0" + bytes(28) + size * 2 + number(offset) + names


def test_the_names_of_a_challenge():
    pairs = (2, "DOM".encode("utf-16-le")), (7, bytes(8)), (1, "PC".encode("utf-16-le"))
    dns = (3, b"a\0"), (4, b"b\0"), (0, b""), (4, b"x\0")
    assert smb2.parse_target(target(*pairs, *dns)) == {
        "domain": "DOM",
        "computer": "PC",
        "dns_computer": "a",
        "dns_domain": "b",
    }


@pytest.mark.parametrize("data", [target((1, b"a\0"), length=65_535), target((1, b"a\0"), offset=1 << 31), target()])
def test_a_challenge_that_reaches_beyond_itself_gives_what_is_there(data):
    assert smb2.parse_target(data) in ({}, {"computer": "a"})


@pytest.mark.parametrize("data", [b"", b"NTLMSSP\0\1\0\0\0" + bytes(40), target()[:49]])
def test_no_challenge_is_malformed(data):
    with pytest.raises(Malformed):
        smb2.parse_target(data)


def test_what_came_over_a_pipe():
    body = bytes(32) + number(64 + 48) + number(4) + bytes(8) + b"data"
    assert smb2.parse_pipe_data(body) == b"data"
    for spoilt in (body[:-1], bytes(48), body[:40], body[:32] + number(64) + body[36:]):
        with pytest.raises(Malformed):
            smb2.parse_pipe_data(spoilt)
