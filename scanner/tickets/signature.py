"""Signs what is sent to a receiver of ours, so that it can tell that it comes from here and is new."""

import hashlib
import hmac
from datetime import datetime


def signed_headers(secret: bytes, body: bytes, event: str, now: str) -> dict[str, str]:
    """Return the headers of one signed POST of JSON; `now` is ISO 8601, UTC, and `event` the same for a repetition.

    The signature is the HMAC-SHA-256 (RFC 2104) of the timestamp, a full stop and the body.
    """
    stamp = str(int(datetime.fromisoformat(now).timestamp()))
    signature = hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-Exposure-Event": event,
        "X-Exposure-Timestamp": stamp,
        "X-Exposure-Signature": f"sha256={signature}",
    }
