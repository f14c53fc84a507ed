"""A real LiteLLM: it lists the models of its configuration without asking one of them."""

import pytest

from tests.fleet.server import ROOT

PROGRAM = str(ROOT / ".fleet/pypi/litellm/bin/litellm")
CONFIG = """
model_list:
  - model_name: m
    litellm_params: {model: openai/m, api_key: x, api_base: "http://127.0.0.1:9"}
"""
IMAGE = "ghcr.io/berriai/litellm:main-stable"
UNSET = "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY"


def start(server, **env):
    argv = [PROGRAM, "--config", "{dir}/models.yaml", "--host", "{address}", "--port", "4000"]
    env |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    return server(argv, [4000], package="litellm", env=env, files={"models.yaml": CONFIG}, patience_s=200)


@pytest.mark.timeout(300)
@pytest.mark.fleet("openai-compatible", "open", lint=IMAGE)
def test_a_proxy_that_is_told_to_start_without_a_key_is_exposed(server, see):
    verdict = see(start(server, **{UNSET: "true"}), "openai-compatible")
    assert (verdict.status, verdict.rules) == ("exposed", ["openai-compatible-no-key"])
