import pytest

from scanner.wire import s3


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
    [
        b"",
        b"<ListBucketResultX/>",
        b" " * 1_024 + b"<ListBucketResult/>",
        b"<Error><Code>" + b"A" * 65 + b"</Code></Error>",
        b"<Error><Code>a b</Code></Error>",
    ],
)
def test_other_documents_are_none(body):
    assert s3.parse_answer(body) is None


def test_an_empty_bucket_is_a_listing():
    assert s3.parse_answer(b'<?xml version="1.0"?><ListBucketResult xmlns="x"/>') == ("objects", (), False)


def test_names_are_bounded_and_what_was_left_out_is_said():
    many = b"<ListAllMyBucketsResult>" + b"<Bucket><Name>a</Name></Bucket>" * 1_001
    assert s3.parse_answer(many) == ("buckets", ("a",) * 1_000, True)
    long = b"<ListBucketResult><Key>" + b"k" * 1_025 + b"</Key><Key>\xff</Key>"
    assert s3.parse_answer(long) == ("objects", ("\ufffd",), False)


def test_a_bucket_s_own_name_is_taken_and_not_the_owner_s():
    body = b"<ListAllMyBucketsResult><Owner><Name>me</Name></Owner><Bucket><Id>1</Id><Name>b</Name></Bucket>"
    assert s3.parse_answer(body).names == ("b",)
