"""Codecs that answers of strangers go through: what is written is read, and no bytes do more than fail cleanly."""

import asyncio
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import Malformed, TalkError
from scanner.services.datastores import mysql
from scanner.wire import bson, cql, grpc, kubernetes, packstream, pgwire, protobuf, s3
from tests.support.talks import Hang, Say, ScriptedTalk, page

NAMES = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=8)
VALUES = st.booleans() | st.integers(-(2**31), 2**31 - 1) | st.text(max_size=20)
FLAT = st.dictionaries(NAMES, VALUES, max_size=6)


@given(FLAT)
def test_bson_documents_survive(document):
    assert bson.decode(bson.encode(document)) == document


@given(st.binary(max_size=200))
def test_bson_of_a_stranger_only_fails_cleanly(data):
    for text in (data, struct.pack("<i", len(data) + 5) + data + b"\0"):
        try:
            assert isinstance(bson.decode(text), dict)
        except Malformed:
            continue


class Counted(bytes):
    """Bytes that count what slices of them copy."""

    copied = 0

    def __getitem__(self, key):
        found = super().__getitem__(key)
        if isinstance(key, slice):
            Counted.copied += len(found)
        return found


def test_bson_with_a_byte_behind_its_document_is_read_once():
    document = bson.encode({f"n{number}": number for number in range(20_000)})
    behind = Counted(document + b"x")
    Counted.copied = 0
    assert len(bson.decode(behind)) == 20_000
    assert Counted.copied < 2 * len(document)


def test_bson_that_reaches_beyond_its_document_is_refused():
    inner = struct.pack("<i", 12) + b"\x10a\0" + struct.pack("<i", 7) + b"\0"
    assert bson.decode(inner) == {"a": 7}
    outer = struct.pack("<i", 40) + b"\x03d\0" + struct.pack("<i", 11) + inner[4:] + b"\0" * 24
    with pytest.raises(Malformed):
        bson.decode(outer[:40])


def test_bson_nested_too_deep_is_refused():
    document = bson.encode({"a": 1})
    for _ in range(40):
        document = struct.pack("<i", len(document) + 8) + b"\x03a\0" + document + b"\0"
    with pytest.raises(Malformed):
        bson.decode(document)


@given(st.dictionaries(NAMES, st.text(max_size=40), max_size=15))
def test_packstream_maps_survive(mapping):
    data = packstream.encode(mapping)
    assert packstream.parse(data) == (mapping, len(data))


@given(st.binary(max_size=200))
def test_packstream_of_a_stranger_only_fails_cleanly(data):
    try:
        _, end = packstream.parse(data)
    except Malformed:
        return
    assert 0 < end <= len(data)


def test_a_bolt_message_comes_in_chunks():
    talk = ScriptedTalk([Say(b"\0\0\0\x02ab\0\x01c\0\0rest")])
    assert asyncio.run(packstream.read_message(talk)) == b"abc"
    with pytest.raises(Malformed):
        asyncio.run(
            packstream.read_message(ScriptedTalk([Say(b"\xff\xff" + b"x" * 65_535 + b"\xff\xff" + b"x" * 65_535)]))
        )


@given(st.binary(max_size=200))
def test_cql_bodies_of_a_stranger_only_fail_cleanly(data):
    for parse in (cql.parse_supported, cql.parse_error, cql.parse_text_rows):
        try:
            parse(data)
        except Malformed:
            continue


@pytest.mark.parametrize("head", [b"SSH-2.0-OpenSSH", b"\x84\0\0\0\x06\x7f\xff\xff\xff", b"\x04\0\0\0\x06\0\0\0\0"])
def test_a_frame_that_is_none_is_refused(head):
    with pytest.raises(Malformed):
        asyncio.run(cql.read_frame(ScriptedTalk([Say(head)])))


def test_rows_with_columns_of_several_tables_are_read():
    column = cql.string("system") + cql.string("local") + cql.string("name") + b"\0\x0d"
    body = (
        struct.pack(">iii", 2, 0, 1)
        + column
        + struct.pack(">i", 2)
        + struct.pack(">i", 1)
        + b"a"
        + struct.pack(">i", -1)
    )
    assert cql.parse_text_rows(body) == [["a"], [None]]


@given(st.binary(max_size=60))
def test_postgresql_messages_of_a_stranger_only_fail_cleanly(data):
    try:
        message = asyncio.run(pgwire.read_message(ScriptedTalk([Say(data), Hang()])))
    except TalkError:
        return
    pgwire.parse_error(message.body)
    pgwire.parse_parameter(message.body)
    pgwire.parse_first_column(message.body)


def test_postgresql_errors_are_read_by_their_letters():
    body = b"SFATAL\0C28000\0Mno entry\0RClientAuthentication\0\0"
    assert pgwire.parse_error(body) == {"S": "FATAL", "C": "28000", "M": "no entry", "R": "ClientAuthentication"}


@given(st.binary(max_size=120))
def test_a_mysql_greeting_of_a_stranger_is_read_or_not(payload):
    for text in (payload, b"\x0a8.0.36\0" + payload):
        hello = mysql.parse_hello(text)
        assert hello is None or hello.version


def test_s3_answers_are_told_apart():
    buckets = (
        b"<ListAllMyBucketsResult><Buckets><Bucket><Name>a</Name></Bucket><Bucket><Name>b</Name></Bucket></Buckets>"
    )
    assert s3.parse_answer(buckets) == ("buckets", ("a", "b"), False)
    objects = b"<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>k</Key></Contents></ListBucketResult>"
    assert s3.parse_answer(objects) == ("objects", ("k",), True)
    assert s3.parse_answer(b"<Error><Code>AccessDenied</Code></Error>") == ("error", ("AccessDenied",), False)
    assert s3.parse_answer(b"<Error><Message>x</Message></Error>") is None
    assert s3.parse_answer(b"<html>ListBucketResult</html>") is None


@pytest.mark.parametrize(
    "body",
    ["{}", "[]", '{"kind":"PodList"}', '{"kind":"PodList","apiVersion":"v1","items":{}}', '{"kind":"List","items":[]}'],
)
def test_only_a_pod_list_is_a_pod_list(body):
    assert kubernetes.parse_pods(page(body, json=True)) is None


def test_an_old_empty_pod_list_has_null_items():
    pods = kubernetes.parse_pods(page('{"kind":"PodList","apiVersion":"v1","items":null}', json=True))
    assert pods is not None
    assert pods.count == 0


def test_bindings_for_strangers_are_named():
    items = [
        {"metadata": {"name": "a"}, "roleRef": {"name": "view"}, "subjects": [{"name": "system:anonymous"}]},
        {"metadata": {"name": "b"}, "roleRef": {"name": "edit"}, "subjects": [{"name": "alice"}]},
        {"metadata": {"name": "c"}, "roleRef": {"name": "x"}, "subjects": None},
    ]
    assert kubernetes.anonymous_bindings(items) == ["a -> view"]


@given(st.binary(max_size=80))
def test_protobuf_of_a_stranger_only_fails_cleanly(data):
    try:
        found = protobuf.fields(data)
    except Malformed:
        return
    assert all(number > 0 or isinstance(value, int) for number, value in found)


@given(st.binary(max_size=120))
def test_http2_of_a_stranger_only_fails_cleanly(data):
    settings = b"\0\0\0\x04\0\0\0\0\0"
    for text in (data, settings + data, settings + b"\0\0" + bytes([len(data)]) + b"\x01\x05\0\0\0\x01" + data):
        try:
            answer = asyncio.run(grpc.read_answer(ScriptedTalk([Say(text), Hang()])))
        except TalkError:
            continue
        assert answer is None or answer.status is None or answer.status < 100
