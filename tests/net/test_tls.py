import ssl
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.core.talk import TlsFacts
from scanner.net.tls import observe, observing_context, read_certificate

KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(subject="x", issuer="x", names=None, raw_names=None):
    def name(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    made = x509.CertificateBuilder(name(issuer), name(subject), KEY.public_key(), 1)
    made = made.not_valid_before(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    made = made.not_valid_after(datetime(2027, 1, 2, tzinfo=UTC))
    if names is not None:
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if raw_names is not None:
        oid = ExtensionOID.SUBJECT_ALTERNATIVE_NAME
        made = made.add_extension(x509.UnrecognizedExtension(oid, raw_names), critical=False)
    return made.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


ENCODED = certificate()


def test_what_a_certificate_says_is_kept_clean():
    facts = read_certificate(certificate("\x1b[2Ja", "b", [x509.DNSName("c.example"), x509.DNSName("a\x07")]), "v")
    assert (facts.version, facts.subject, facts.issuer) == ("v", "CN=\\x1b[2Ja", "CN=b")
    assert facts.names == ("c.example", "a\\x07")
    assert (facts.not_before, facts.not_after) == ("2026-01-02T03:04:05Z", "2027-01-02T00:00:00Z")
    assert (facts.self_signed, len(facts.sha256)) == (False, 64)
    assert read_certificate(ENCODED, "v").self_signed


def test_names_are_bounded_in_number_and_length():
    names = [x509.DNSName(f"{number}.{'a' * 300}") for number in range(60)]
    found = read_certificate(certificate(names=names), "v").names
    assert len(found) == 50
    assert max(map(len, found)) <= 200


@pytest.mark.parametrize(
    "raw",
    [b"\x30\x02\xa3\x00", b"\x30\x04\xa5\x02\xa0\x00", b"\x30\x00", b"\x30\x02\xa0\x00", b"\x30\x03\x87\x01\x01", b""],
    ids=["x400", "edi-party", "none", "other", "address", "empty"],
)
def test_names_that_nobody_can_read_cost_the_names_alone(raw):
    facts = read_certificate(certificate("subject", raw_names=raw), "v")
    assert (facts.names, facts.subject) == ((), "CN=subject")


@pytest.mark.parametrize("number", [0, 1, 3, 5, 127, 255])
def test_a_version_that_does_not_exist_gives_no_more_than_the_protocol(number):
    at = ENCODED.index(b"\xa0\x03\x02\x01\x02") + 4
    facts = read_certificate(ENCODED[:at] + bytes([number]) + ENCODED[at + 1 :], "TLSv1.2")
    assert facts.version == "TLSv1.2"
    assert facts.subject in {"", "CN=x"}


@settings(max_examples=60)
@given(st.integers(0, len(ENCODED) - 1), st.binary(max_size=3))
def test_a_spoilt_certificate_is_read_or_not(at, junk):
    facts = read_certificate(ENCODED[:at] + junk + ENCODED[at + len(junk) :], "v")
    assert facts.version == "v"
    assert facts.subject.isprintable()


@pytest.mark.parametrize("encoded", [None, b"", b"\x30" * 65_537, b"no certificate"])
def test_a_handshake_without_a_certificate_that_can_be_read(encoded):
    class Session:
        def version(self):
            return None

        def getpeercert(self, *, binary_form):
            return encoded

    assert observe(Session()) == TlsFacts(version="unknown")


def test_the_context_takes_what_is_there_and_trusts_nothing():
    context = observing_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)
    assert context.minimum_version == ssl.TLSVersion.TLSv1
    assert observing_context() is context
    assert observing_context(("h2",)) is not context
