import asyncio

import pytest

from scanner.core.facts import Access
from scanner.services.infrastructure.ethereum_rpc import ACCOUNTS, PROBE, VERSION
from tests.fleet.server import ROOT
from tests.support.talks import ScriptedHttp, page

PROGRAM = ROOT / ".fleet/npm/ganache/node_modules/.bin/ganache"


def test_the_questions_are_reads_of_their_specification():
    assert b'"web3_clientVersion"' in VERSION
    assert b'"eth_accounts"' in ACCOUNTS


def ask(version, accounts):
    class Node(ScriptedHttp):
        async def post_read(self, path, body, *, content_type, **more):
            return page(version if body == VERSION else accounts, json=True)

    return asyncio.run(PROBE.ask_http(Node({}, PROBE.sends)))


def result(value):
    return f'{{"jsonrpc":"2.0","id":1,"result":{value}}}'


@pytest.mark.parametrize(
    ("accounts", "access", "rule"),
    [
        (result('["0x1"]'), Access.CONTROL, "ethereum-rpc-accounts"),
        (result("[]"), Access.METADATA, "ethereum-rpc-open"),
        ('{"jsonrpc":"2.0","id":1,"error":{"code":-32601}}', Access.METADATA, "ethereum-rpc-open"),
    ],
)
def test_the_accounts_decide(accounts, access, rule):
    facts = ask(result('"Geth/v1.14.0-stable/linux-amd64/go1.22"'), accounts)
    assert (facts.access, [one.id for one in PROBE.rules if one.holds(facts)]) == (access, [rule])
    assert facts.product == "Ethereum node (Geth)"


@pytest.mark.parametrize("version", ["{}", result("null"), result('"geth"'), result("1")])
def test_another_answer_is_another_product(version):
    assert ask(version, "{}") is None


@pytest.mark.timeout(120)
@pytest.mark.fleet("ethereum-rpc", "open")
def test_a_node_with_accounts_is_exposed(server, see):
    server.need("ganache", str(PROGRAM))
    running = server(["node", str(PROGRAM), "-h", "{address}", "-p", "8545"], [8545], package="ganache", patience_s=60)
    verdict = see(running, "ethereum-rpc", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["ethereum-rpc-accounts"])
    assert verdict.row.evidence == {"accounts": 10}
    assert see(running).service == "ethereum-rpc"
