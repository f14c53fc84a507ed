"""Compose files as people write them, through the command: what is planned, and what leaves a gap (cases C*).

Nothing listens on what they publish, so no run is clean.
"""

import json
import socket

import pytest

from tests.support.command_line import exposure_here as exposure

AGENT = "services:\n  agent:\n    image: netdata/netdata\n    network_mode: host\n"
CLOSED = ["expected-closed"]


@pytest.fixture
def planned(tmp_path):
    def planned(text, stdin=None, **files):
        for name, content in {"compose.yaml": text, **files}.items():
            (tmp_path / name).write_text(content)
        run = exposure("scan", "--from-compose", "-" if stdin else tmp_path / "compose.yaml", "-f", "json", stdin=stdin)
        assert "Traceback" not in run.stderr
        report = json.loads(run.stdout)
        blocks = report["run"]["options"]["space"] or ()
        return run.returncode, {block["ports"] for block in blocks}, [problem["kind"] for problem in report["problems"]]

    return planned


def test_a_default_that_is_a_variable_itself_is_followed(planned, closed_port):
    # C01
    text = f"services:\n  web:\n    image: x\n    ports: ['${{A:-${{B:-{closed_port}}}}}:80']\n"
    assert planned(text) == (4, {str(closed_port)}, CLOSED)


def test_merges_within_merges_and_lists_of_merges(planned, closed_port):
    # C03, C04
    text = (
        f"x-a: &a\n  ports: ['{closed_port}:80']\nx-b: &b\n  <<: *a\nx-c: &c\n  ports: ['7632:80']\n"
        "services:\n  web:\n    image: x\n    <<: [*b, *c]\n"
    )
    assert planned(text) == (4, {str(closed_port)}, CLOSED)


def test_two_merge_keys_are_both_merged(planned, closed_port):
    # C04: docker-compose 1 and podman-compose take them, Compose 2 refuses the file.
    text = (
        f"x-a: &a\n  ports: ['{closed_port}:80']\nx-b: &b\n  restart: always\n"
        "services:\n  web:\n    image: x\n    <<: *a\n    <<: *b\n"
    )
    assert planned(text) == (4, {str(closed_port)}, CLOSED)


@pytest.mark.parametrize(
    "agent",
    [
        AGENT,
        AGENT.replace("network_mode: host", "network_mode: container:vpn"),
        "networks:\n  lan: {external: true, name: host}\n" + AGENT.replace("network_mode: host", "networks: [lan]"),
        "networks:\n  default: {driver: ipvlan}\n" + AGENT.replace("network_mode: host", "networks: [default]"),
    ],
)
def test_a_network_past_the_published_ports_leaves_a_gap(planned, closed_port, agent):
    # C05
    text = f"{agent}  web:\n    image: x\n    networks: [other]\n    ports: ['{closed_port}:80']\n"
    assert planned(text) == (4, {str(closed_port)}, ["compose-ports-unknown", *CLOSED])


def test_one_open_port_is_enough_where_docker_picks_one_of_several(planned):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        text = f"services:\n  web:\n    image: x\n    ports: ['{port - 1}-{port + 1}:80']\n"
        code, _, problems = planned(text)
    assert (code, problems) == (0, [])


def test_a_port_without_a_value_leaves_a_gap(planned, closed_port):
    text = f"services:\n  web:\n    image: x\n    ports: ['{closed_port}:80', '${{DBPORT}}:5432']\n"
    assert planned(text) == (4, {str(closed_port)}, ["compose-port-skipped", *CLOSED])


def test_nothing_but_gaps_is_not_clean(planned):
    assert planned(AGENT) == (3, set(), ["compose-ports-unknown"])


def test_what_stands_in_other_files_is_followed(planned, closed_port):
    # C06, C11
    more = f"services:\n  more:\n    image: x\n    ports: ['{closed_port}:80']\n"
    assert planned("include: [more.yaml]\n", **{"more.yaml": more}) == (4, {str(closed_port)}, CLOSED)
    text = "services:\n  web:\n    extends: {file: more.yaml, service: more}\n"
    assert planned(text, **{"more.yaml": more}) == (4, {str(closed_port)}, CLOSED)


def test_what_compose_file_names_is_followed(planned, closed_port):
    # C06
    more = f"services:\n  more:\n    image: x\n    ports: ['{closed_port}:80']\n"
    text = "services:\n  web:\n    image: x\n"
    names = "COMPOSE_FILE=compose.yaml:more.yaml\n"
    assert planned(text, **{"more.yaml": more, ".env": names}) == (4, {str(closed_port)}, CLOSED)


def test_an_include_that_is_not_there_leaves_a_gap(planned, closed_port):
    text = f"include: [none.yaml]\nservices:\n  web:\n    image: x\n    ports: ['{closed_port}:80']\n"
    assert planned(text) == (4, {str(closed_port)}, ["compose-part-skipped", *CLOSED])


def test_the_protocol_in_capitals(planned, closed_port):
    # C07
    long_form = f"{{target: 1, published: {closed_port}, protocol: UDP}}"
    text = f"services:\n  web:\n    image: x\n    ports: ['{closed_port}:80/TCP', {long_form}]\n"
    assert planned(text) == (4, {str(closed_port), f"U:{closed_port}"}, CLOSED * 2)


def test_what_docker_compose_config_prints_is_read_from_standard_input(planned, closed_port):
    text = (
        "name: shop\nservices:\n  cache:\n    image: redis\n    ports:\n      - mode: ingress\n        target: 6379\n"
        f'        published: "{closed_port}"\n        protocol: tcp\n'
    )
    assert planned("services: {}", stdin=text) == (4, {str(closed_port)}, CLOSED)


def test_a_service_of_a_profile_that_is_off_need_not_run(planned, closed_port):
    text = f"services:\n  web:\n    image: x\n    profiles: [debug]\n    ports: ['{closed_port}:80']\n"
    assert planned(text) == (0, {str(closed_port)}, ["compose-profile-off"])


@pytest.mark.parametrize("name", ["stack.yaml", "compose.override.yaml"])
def test_a_project_that_lint_would_not_know_is_scanned_all_the_same(tmp_path, closed_port, name):
    (tmp_path / name).write_text(f"services:\n  a:\n    ports: ['{closed_port}:80']\n")
    run = exposure("scan", "--from-compose", tmp_path / name, "-f", "json")
    assert (run.returncode, json.loads(run.stdout)["coverage"]["endpoints_planned"]) == (4, 1)
