import pytest
import trustme

from scanner.cluster.server_url import PASSWORD_VARIABLE, Keys, read_server_url
from scanner.core.address import names_this_machine
from scanner.core.errors import UsageError

SEED = "SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY"


@pytest.fixture
def files(tmp_path):
    authority = trustme.CA()
    leaf = authority.issue_cert("worker")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    leaf.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    leaf.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    (tmp_path / "key.pem").chmod(0o600)
    (tmp_path / "seed.nk").write_text(SEED + "\n")
    (tmp_path / "seed.nk").chmod(0o600)
    return tmp_path


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "[::1]", "localhost"])
def test_on_this_machine_no_tls_and_no_credentials_are_needed(host):
    url = read_server_url(f"nats://{host}:4333", Keys(), {})
    assert url.local
    assert url.tls is None
    assert url.port == 4333


@pytest.mark.parametrize(
    ("text", "keys", "told"),
    [
        ("nats://10.0.0.1", Keys(), "without TLS only on loopback"),
        ("nats://nats.example.org:4222", Keys(), "without TLS only on loopback"),
        ("tls://10.0.0.1", Keys(), "without credentials only on loopback"),
        ("tls://user:secret@10.0.0.1", Keys(), PASSWORD_VARIABLE),
        ("tls://user@10.0.0.1", Keys(), PASSWORD_VARIABLE),
        ("http://127.0.0.1", Keys(), "write tls://"),
        ("nats://127.0.0.1/path", Keys(), "write tls://"),
        ("nats://127.0.0.1:99999", Keys(), "is no URL"),
        ("127.0.0.1:4222", Keys(), "write tls://|is no URL"),
    ],
)
def test_what_may_not_be_used_is_refused_in_one_line(text, keys, told):
    with pytest.raises(UsageError, match=told) as caught:
        read_server_url(text, keys, {})
    assert "secret" not in str(caught.value)


def test_a_name_that_only_looks_local_is_not():
    assert not names_this_machine("localhost.example.org")
    assert not names_this_machine("127.0.0.1.example.org")


def test_certificates_nkeys_and_passwords_are_credentials(files):
    pair = Keys(ca=files / "ca.pem", certificate=files / "cert.pem", key=files / "key.pem")
    assert read_server_url("tls://nats.example.org", pair, {}).tls is not None
    seed = read_server_url("tls://nats.example.org", Keys(credentials=files / "seed.nk"), {})
    assert seed.seed == SEED
    named = read_server_url("tls://ops@nats.example.org", Keys(), {PASSWORD_VARIABLE: "hush"})
    assert (named.user, named.password) == ("ops", "hush")
    assert "hush" not in named.shown


def test_a_key_that_others_may_read_is_refused(files):
    (files / "key.pem").chmod(0o644)
    with pytest.raises(UsageError, match="others may read"):
        read_server_url("tls://nats.example.org", Keys(certificate=files / "cert.pem", key=files / "key.pem"), {})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"certificate": "cert.pem"}, "belong together"),
        ({"ca": "nothing.pem"}, "can't be used for TLS"),
        ({"certificate": "cert.pem", "key": "seed.nk"}, "can't be used for TLS"),
        ({"credentials": "cert.pem"}, "others may read|no credentials file"),
        ({"credentials": "key.pem"}, "no credentials file"),
    ],
)
def test_files_that_are_no_keys_are_named(files, change, told):
    keys = Keys(**{name: files / file for name, file in change.items()})
    with pytest.raises(UsageError, match=told):
        read_server_url("tls://127.0.0.1", keys, {})


@pytest.mark.parametrize(
    "text",
    [
        "http://ops:hush@nats.example.org",
        "tls://ops:hush@nats.example.org",
        "tls://ops:hush@[::1",
        "tls://ops:hu@sh@host:x",
    ],
)
def test_a_password_in_the_url_is_refused_and_never_shown(text):
    with pytest.raises(UsageError) as refused:
        read_server_url(text, Keys(), {})
    assert "hush" not in str(refused.value)
    assert "hu@sh" not in str(refused.value)
