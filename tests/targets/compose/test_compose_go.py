"""The same projects, read by compose-go (Compose's own reader) and by us.

compose_go.json holds the inputs and what compose-go made of them; its `made by` names the version.
"""

import json
from pathlib import Path

import pytest

from scanner.core.errors import UsageError
from scanner.core.problem import ProblemKind
from scanner.core.yamltext import Scalar
from scanner.targets.compose.files import projects
from scanner.targets.compose.merge import as_pairs
from scanner.targets.compose.project import read_project
from scanner.targets.compose.published import published

MADE = json.loads(Path(__file__).with_name("compose_go.json").read_text())
CASES = {case["name"]: case for case in MADE["cases"]}
# Compose refuses these; we read the rest of the project and scan more than Compose would publish.
LENIENT = {"IPv6 without brackets"}


def read(case, folder):
    for name, text in case["files"].items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    names = case["arguments"] or [next(iter(case["files"]))]
    (files,) = projects([folder / name for name in names])
    return read_project(files, MADE["environment"])


def expanded(lines):
    for line in lines:
        address, ports, _, transport = line.split("|")
        first, _, last = ports.partition("-")
        for port in range(int(first), int(last or first) + 1) if first else ():
            yield address or "127.0.0.1", port, transport


@pytest.mark.parametrize("name", CASES)
def test_what_compose_go_publishes_is_what_we_scan(name, tmp_path):
    case = CASES[name]
    expected = case["result"]
    try:
        project = read(case, tmp_path)
        composed = published(project, "compose.yaml")
    except UsageError:
        assert "error" in expected
        return
    told = [problem for problem in composed.problems if problem.kind is not ProblemKind.COMPOSE_PROFILE_OFF]
    if "error" in expected:
        assert told or name in LENIENT
        return
    ours = {(port.address, port.port, port.transport.value) for port in composed.ports}
    theirs = [line for service in expected["services"].values() for line in service.get("ports", ())]
    assert ours == set(expanded(theirs))
    vague = [line for line in theirs if "||" in line or line.startswith("||")]
    vague += [service for service in expected["services"].values() if service.get("network_mode") == "host"]
    assert len(told) == len(vague)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "services" in case["result"]])
def test_images_and_environments_are_those_of_compose_go(name, tmp_path):
    project = read(CASES[name], tmp_path)
    services = CASES[name]["result"]["services"]
    assert set(project.services) == set(services)
    for service, expected in services.items():
        pairs = project.services[service].pairs
        assert pairs["image"].text == expected["image"]
        environment = as_pairs(pairs["environment"]).pairs if "environment" in pairs else {}
        ours = {
            key: (project.environment.get(key) if value.is_null else value.text)
            for key, value in environment.items()
            if isinstance(value, Scalar)
        }
        assert ours == expected.get("environment", {})
        assert ("network_mode" in pairs) == ("network_mode" in expected)
