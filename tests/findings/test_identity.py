import hashlib

from hypothesis import given
from hypothesis import strategies as st

from scanner.core.ports import Transport
from scanner.findings.identity import asset, fingerprint
from tests.findings.samples import endpoint, plan, target


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_fingerprint_is_the_hash_of_rule_and_place():
    here = endpoint("10.0.0.5", 6379)
    assert fingerprint("redis-no-password", here, plan(target("10.0.0.5"))) == sha(
        "v1|redis-no-password|10.0.0.5|tcp|6379|"
    )


def test_transport_port_and_path_belong_to_it():
    here = endpoint("10.0.0.5", 53, transport=Transport.UDP, base_path="/x")
    assert fingerprint("open-resolver", here, plan()) == sha("v1|open-resolver|10.0.0.5|udp|53|/x")


def test_a_declared_name_outlives_the_address():
    before = fingerprint("r", endpoint("10.0.0.5", name="db"), plan(target("10.0.0.5", name="db")))
    after = fingerprint("r", endpoint("10.0.0.9", name="db"), plan(target("10.0.0.9", name="db")))
    assert before == after == sha("v1|r|db|tcp|6379|")


def test_the_plan_knows_the_name_too():
    assert asset(endpoint("10.0.0.5"), plan(target("10.0.0.5", name="db"))) == "db"


def test_the_name_of_a_network_is_nobodys_name():
    lab = plan(target("10.0.0.0", "10.0.0.255", name="lab"))
    assert asset(endpoint("10.0.0.5", name="lab"), lab) == "10.0.0.5"
    assert asset(endpoint("10.0.0.6", name="lab"), lab) == "10.0.0.6"


def test_a_name_given_to_two_machines_tells_neither():
    both = plan(target("10.0.0.5", name="db"), target("10.0.0.6", name="db"))
    assert asset(endpoint("10.0.0.5", name="db"), both) == "10.0.0.5"


def test_one_machine_named_twice_keeps_its_name():
    both = plan(target("10.0.0.5", name="db", port=6379), target("10.0.0.5", name="db", port=2375))
    assert asset(endpoint("10.0.0.5", 2375, name="db"), both) == "db"


def test_addresses_have_one_form():
    assert asset(endpoint("::ffff:10.0.0.5"), plan()) == "10.0.0.5"
    assert asset(endpoint("FD00:0:0::0001"), plan()) == "fd00::1"


@given(st.text(), st.text(max_size=20), st.integers(0, 1000))
def test_what_the_service_says_never_enters(version, banner, count):
    here = endpoint("10.0.0.5")
    assert fingerprint("r", here, plan()) == fingerprint("r", endpoint("10.0.0.5", host=version or None), plan())
