"""The release: actions are what their hashes say, jobs may no more than they need, requirements are locked."""

import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.ci.conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
ACTIONS = [*WORKFLOWS, ROOT / "docs/ci/github/action.yml", *sorted((ROOT / "docs/ci/github").glob("*.example.yml"))]
LOCKS = {"docs/ci/requirements.txt": ROOT / "pyproject.toml", ".ci/release-tools.txt": ROOT / ".ci/release-tools.in"}
_LOCKED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)


@pytest.mark.parametrize("file", ACTIONS, ids=lambda file: file.name)
def test_actions_of_others_are_pinned_by_hash_and_say_their_version(file):
    for line in file.read_text("utf-8").splitlines():
        if (used := re.search(r"uses: (\S+)(.*)", line)) and "/" in used[1] and not used[1].startswith("."):
            if "exposure-scanner" in used[1]:  # our own action is named by its release
                continue
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used[1]), line
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", used[2]), line


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_jobs_may_no_more_than_they_say(file):
    workflow = yaml.safe_load(file.read_text("utf-8"))
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        writes = {scope for scope, access in job["permissions"].items() if access == "write"}
        assert writes <= {"id-token", "attestations"}, name
        assert "secrets." not in yaml.safe_dump(job), name


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_locked_by_hash(lock):
    text = (ROOT / lock).read_text("utf-8")
    locked = {canonicalize_name(name): version for name, version in _LOCKED.findall(text)}
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)
    for wanted in requirements(LOCKS[lock]):
        assert wanted.specifier.contains(locked[canonicalize_name(wanted.name)]), f"{wanted}: run `make lock`"


def requirements(file):
    text = file.read_text("utf-8")
    held = tomllib.loads(text)["project"]["dependencies"] if file.suffix == ".toml" else text.split()
    return [Requirement(one) for one in held]
