import asyncio
import json

import pytest

from scanner.core.facts import Access
from scanner.services.machine_learning.openai_compatible import (
    FRONT,
    MODELS,
    PROBE,
    VERSION,
    parse_models,
    parse_version,
)
from tests.fleet.server import ROOT
from tests.support.talks import ScriptedHttp, page


def models(*names, owner="vllm"):
    rows = [{"id": name, "object": "model", "owned_by": owner} for name in names]
    return page(json.dumps({"object": "list", "data": rows}), json=True)


def ask(answers):
    return asyncio.run(PROBE.ask_http(ScriptedHttp(answers, PROBE.sends)))


def rules(facts):
    return [rule.id for rule in PROBE.rules if rule.holds(facts)]


@pytest.mark.parametrize(
    ("owner", "product"), [("vllm", "vLLM"), ("llamacpp", "llama.cpp"), ("acme", "OpenAI-compatible server")]
)
def test_a_list_of_models_is_data_and_names_the_product(owner, product):
    facts = ask({MODELS: models("a", "b", owner=owner), VERSION: page('{"version": "0.9"}')})
    assert (facts.access, facts.product, facts.version, facts.models) == (Access.DATA, product, "0.9", 2)
    assert rules(facts) == ["openai-compatible-no-key"]


def test_no_model_proves_nothing():
    facts = ask({MODELS: models()})
    assert (facts.access, rules(facts)) == (Access.UNKNOWN, [])


@pytest.mark.parametrize(
    "body",
    [
        '{"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}}',
        '{"error":{"message":"Authentication Error, No api key passed in.","code":"401"}}',
    ],
)
def test_a_demand_for_a_key_protects(body):
    facts = ask({MODELS: page(body, 401)})
    assert (facts.access, rules(facts)) == (Access.REFUSED, [])


@pytest.mark.parametrize("body", ["", '{"error":"Unauthorized"}', '{"error":{"message":"forbidden"}}'])
def test_another_refusal_is_another_product(body):
    assert ask({MODELS: page(body, 401)}) is None


@pytest.mark.parametrize(
    "body", ["", "[]", '{"object":"list"}', '{"object":"list","data":[{"id":"x"}]}', '{"data":[]}']
)
def test_other_lists_are_other_products(body):
    assert parse_models(page(body)) is None
    assert parse_version(page(body)) is None


def test_lite_llm_is_named_by_its_front_page_and_by_its_refusal():
    front = page("<title>LiteLLM API - Swagger UI</title>")
    facts = ask({MODELS: models("gpt-4o", owner="openai"), FRONT: front})
    assert (facts.access, facts.product) == (Access.DATA, "LiteLLM")
    refusal = '{"error":{"message":"Authentication Error, No api key passed in.","code":"401"}}'
    assert ask({MODELS: page(refusal, 401)}).product == "LiteLLM"
    assert ask({MODELS: models("a", owner="vllm"), FRONT: front}).product == "vLLM"


PROGRAM = str(ROOT / ".fleet/pypi/litellm/bin/litellm")
UNSET = "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY"


@pytest.mark.timeout(240)
@pytest.mark.fleet("openai-compatible", "open")
def test_a_real_proxy_without_a_key_is_exposed(server, see):
    argv = [PROGRAM, "--host={address}", "--port=4000", "--model=fleet"]
    env = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", UNSET: "true"}
    running = server(argv, [4000], package="litellm", env=env, patience_s=150)
    verdict = see(running, "openai-compatible", golden="litellm-open")
    assert (verdict.status, verdict.rules) == ("exposed", ["openai-compatible-no-key"])
    assert see(running, "machine_learning").service == "openai-compatible"
