import hashlib
import hmac

from scanner.tickets.signature import signed_headers


def test_a_receiver_computes_the_same_and_a_later_one_is_another():
    headers = signed_headers(b"key", b"{}", "1d", "2026-11-28T00:00:00Z")
    assert headers["X-Exposure-Timestamp"] == "1795824000"
    signed = hmac.new(b"key", b"1795824000.{}", hashlib.sha256).hexdigest()
    assert headers["X-Exposure-Signature"] == f"sha256={signed}"
    later = signed_headers(b"key", b"{}", "1d", "2026-11-28T00:00:01Z")
    assert later["X-Exposure-Signature"] != headers["X-Exposure-Signature"]
    assert later["X-Exposure-Event"] == headers["X-Exposure-Event"] == "1d"
