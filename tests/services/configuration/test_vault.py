import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.facts import Access
from scanner.services.configuration.vault import INIT, MOUNTS, PROBE, SEAL, VaultFacts, parse_seal
from tests.fleet.server import ROOT
from tests.support.standins import see_stand_in
from tests.support.talks import ScriptedHttp, page


def seal(**changed):
    fields = {
        "type": "shamir",
        "initialized": True,
        "sealed": False,
        "t": 3,
        "n": 5,
        "progress": 0,
        "version": "1.15.4",
    }
    return page(json.dumps(fields | changed), json=True)


FRESH = page('{"initialized":false}', json=True)
DENIED = page('{"errors":["permission denied"]}', 403, json=True)


def ask(answers, scheme="http"):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends, scheme=scheme)))


@pytest.mark.parametrize(
    ("answers", "access"),
    [
        ({SEAL: seal(initialized=False, sealed=True), INIT: FRESH}, Access.CONTROL),
        ({SEAL: seal(initialized=False, sealed=True), INIT: page("", 500)}, Access.UNKNOWN),
        ({SEAL: seal(), MOUNTS: DENIED}, Access.REFUSED),
        ({SEAL: seal(), MOUNTS: page('{"errors":["missing client token"]}', 400)}, Access.REFUSED),
        ({SEAL: seal(), MOUNTS: page("", 403)}, Access.UNKNOWN),
        ({SEAL: seal(sealed=True)}, Access.UNKNOWN),
        ({SEAL: page('{"sealed":false,"initialized":true}')}, None),
        ({SEAL: page("", 503)}, None),
    ],
)
def test_the_answers_decide(answers, access):
    facts = ask(answers)
    assert (facts.access if facts else None) is access


def test_only_a_vault_that_nobody_has_claimed_is_a_finding():
    (fresh,) = PROBE.rules
    assert fresh.holds(VaultFacts(access=Access.CONTROL, initialised=False))
    assert fresh.holds(ask({SEAL: seal(), MOUNTS: DENIED})) is None


@given(st.binary(max_size=200) | st.just(seal().body))
def test_any_body_is_read_or_passed_over(body):
    parse_seal(page(body))


def test_a_stand_in_that_nobody_initialised_is_exposed():
    verdict = see_stand_in("vault", "open")
    assert verdict.rules == ["vault-not-initialised"]
    assert verdict.row.version == "1.15.4"


@pytest.mark.parametrize(("case", "status"), [("protected", "protected"), ("look-alike", "identified")])
def test_a_stand_in_in_use_or_sealed_is_no_finding(case, status):
    verdict = see_stand_in("vault", case)
    assert (verdict.status, verdict.rules) == (status, [])


PROGRAM = str(ROOT / ".fleet/bin/vault")
SETTINGS = """disable_mlock = true
storage "file" { path = "{dir}/data" }
listener "tcp" {
  address = "{address}:8200"
  tls_disable = true
}
"""


BARE = "it was built without its pages, and nothing else of its front page names it"


@pytest.mark.fleet("vault", "open", unlike={"elsewhere": BARE})
def test_a_real_server_that_nobody_initialised_is_exposed(server, see):
    argv = [PROGRAM, "server", "-config={dir}/vault.hcl"]
    running = server(argv, [8200], package="vault", files={"vault.hcl": SETTINGS}, patience_s=60)
    verdict = see(running, "vault", golden="real-open")
    assert (verdict.status, verdict.rules) == ("exposed", ["vault-not-initialised"])
    assert see(running, "configuration").service == "vault"


@pytest.mark.fleet("vault", "protected")
def test_a_real_server_in_use_is_protected(server, see):
    argv = [PROGRAM, "server", "-dev", "-dev-listen-address={address}:8200", "-dev-no-store-token"]
    verdict = see(server(argv, [8200], package="vault", patience_s=60), "vault", golden="real-protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
