"""What an HTTP answer was forgiven, and why the body of one may not be whole."""

from enum import StrEnum


class Quirk(StrEnum):
    """A breach of RFC 9110 or 9112 that an answer was read in spite of, as browsers do."""

    NO_STATUS_LINE = "no-status-line"
    """HTML at once, as HTTP/0.9 answered (RFC 1945)."""
    LEADING_BYTES = "leading-bytes"
    """Empty lines or blanks before the status line."""
    ODD_VERSION = "odd-version"
    """A version that is neither 1.0 nor 1.1, or written in another way."""
    INTERIM = "interim"
    """Interim answers that nobody had asked for: 100, 102, 103."""
    BARE_LINE_FEED = "bare-line-feed"
    FOLDED_HEADER = "folded-header"
    """A header that goes on in the next line (obs-fold)."""
    SPACE_BEFORE_COLON = "space-before-colon"
    NO_COLON = "no-colon"
    """A header line without a colon; it was left out."""
    CONTROL_BYTES = "control-bytes"
    """Bytes in the head that move cursors or end strings."""
    REPEATED_LENGTH = "repeated-length"
    CONFLICTING_LENGTHS = "conflicting-lengths"
    """Several lengths that differ: the longest was waited for, and any of them taken for the end."""
    UNREADABLE_LENGTH = "unreadable-length"
    """A length that is no number; the body was read until the end."""
    LENGTH_BESIDE_CHUNKS = "length-beside-chunks"
    """Both a length and chunks; the chunks count (RFC 9112 section 6.3)."""
    ENCODED_UNASKED = "encoded-unasked"
    """A compressed body although the request asked for none."""
    NOT_ENCODED = "not-encoded"
    """A body that is plain although a compression was announced."""
    OTHER_SUCCESS = "other-success"
    """203, 206 or a status of success that nobody knows; it counts as 200 (RFC 9110 section 15)."""
    OTHER_CHARSET = "other-charset"
    """A body in UTF-16 or UTF-32, or with a byte order mark; it was turned into UTF-8."""


class Cut(StrEnum):
    """Why a body is only a beginning; what is missing can prove neither protection nor absence."""

    SIZE = "size"
    """We stopped: it was longer than what is read of a body."""
    TIME = "time"
    """The rest did not come in time."""
    CLOSED = "closed"
    """The peer ended the connection in the middle of it."""
    BROKEN = "broken"
    """From there on the bytes follow no rule: chunks without a size, or a compression that can't be undone."""
