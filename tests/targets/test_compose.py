from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.core.ports import Transport
from scanner.targets.compose import UNREADABLE, compose_lines, parse_compose, read_compose

FILE = """\
name: shop
x-defaults: &defaults
  ports:
    - "127.0.0.1:9000:9000"
services:
  web:
    image: nginx
    ports:
      - "8080:80"
      - 127.0.0.1:8443:443
  cache:
    image: redis
    ports:
      - target: 6379
        published: "${REDIS_PORT:-6380}"
        host_ip: 127.0.0.2
        protocol: tcp
  dns:
    ports: ["5353:53/udp"]
  merged:
    <<: *defaults
  inner:
    expose: ["1234"]
"""


def ports(text, **environment):
    composed = parse_compose(text, "compose.yaml", environment)
    return [(each.address, each.port, each.transport.value) for each in composed.ports]


def one(port):
    return f"services:\n  a:\n    ports:\n      - {port}\n"


def test_every_published_port_has_its_service_and_line():
    composed = parse_compose(FILE, "compose.yaml", {})
    assert [(each.service, each.address, each.port, each.anchor.line) for each in composed.ports] == [
        ("web", "127.0.0.1", 8080, 9),
        ("web", "127.0.0.1", 8443, 10),
        ("cache", "127.0.0.2", 6380, 14),
        ("dns", "127.0.0.1", 5353, 19),
        ("merged", "127.0.0.1", 9000, 4),
    ]
    assert composed.ports[3].transport is Transport.UDP
    assert composed.problems == ()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"6379:6379"', [("127.0.0.1", 6379, "tcp")]),
        # YAML 1.1 would read this one as a number in base 60.
        ("22:22", [("127.0.0.1", 22, "tcp")]),
        ('"3000-3002:80-82"', [("127.0.0.1", port, "tcp") for port in (3000, 3001, 3002)]),
        ('"[::1]:6379:6379"', [("::1", 6379, "tcp")]),
        ('"::1:6379:6379"', [("::1", 6379, "tcp")]),
        ('"[::]:6379:6379"', [("::1", 6379, "tcp")]),
        ('"0.0.0.0:53:53/udp"', [("127.0.0.1", 53, "udp")]),
        ('"192.168.1.5:80:80"', [("192.168.1.5", 80, "tcp")]),
        ("{target: 80, published: 8080}", [("127.0.0.1", 8080, "tcp")]),
        ("{target: 80, published: 8080-8081, protocol: udp}", [("127.0.0.1", port, "udp") for port in (8080, 8081)]),
        ('"${PORT}:80"', [("127.0.0.1", 7000, "tcp")]),
        ('"$PORT:80"', [("127.0.0.1", 7000, "tcp")]),
        ('"${EMPTY:-81}:80"', [("127.0.0.1", 81, "tcp")]),
        ('"${PORT:+82}:80"', [("127.0.0.1", 82, "tcp")]),
        ('"${IP:-127.0.0.3}:80:80"', [("127.0.0.3", 80, "tcp")]),
    ],
)
def test_the_forms_of_the_specification(written, expected):
    assert ports(one(written), PORT="7000", EMPTY="") == expected


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ('"80"', "no published port"),
        ("{target: 80}", "no published port"),
        ('"${NONE}:80"', "NONE has no value"),
        ('"${NONE:?set it}:80"', "NONE has no value"),
        ('"70000:80"', "not between 1"),
        ('"9-8:80"', "not between 1"),
        ('"80:80/sctp"', "not a port"),
        ('"x:80"', "not a port"),
    ],
)
def test_a_port_that_can_not_be_told_is_a_problem_with_its_line(written, why):
    composed = parse_compose(one(written), "compose.yaml", {})
    assert composed.ports == ()
    (problem,) = composed.problems
    assert (problem.kind, problem.where) == (UNREADABLE, "compose.yaml:4")
    assert why in problem.detail


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("a: [", r"compose\.yaml:1: is not YAML"),
        ("a: b", "no `services`"),
        ("- a", "no `services`"),
        ("services: {a: {ports: ['1-60000:1-60000']}}", "publishes 60000"),
        ("!!python/object/apply:os.system [x]", "no `services`"),
        ("\x00", "not YAML"),
        ("[" * 20_000, "not YAML"),
    ],
)
def test_what_is_no_compose_file_is_one_line(text, message):
    with pytest.raises(UsageError, match=message):
        parse_compose(text, "compose.yaml", {})


def test_a_tree_of_aliases_is_not_unfolded():
    laughs = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    assert ports(laughs + one('"80:80"')) == [("127.0.0.1", 80, "tcp")]


def test_the_environment_wins_over_the_env_file(tmp_path):
    file = tmp_path / "compose.yaml"
    file.write_text(one('"${A}:80"') + '      - "${B}:81"\n')
    (tmp_path / ".env").write_text("# x=1\nexport A=8001\nB='8002'\n")
    composed = read_compose(file, {"A": "9001"})
    assert [each.port for each in composed.ports] == [9001, 8002]


def test_a_missing_file_is_one_line():
    with pytest.raises(UsageError, match="can't be read"):
        read_compose(Path("none.yaml"), {})


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_one_line(text):
    message = ""
    try:
        parse_compose(f"services:\n  a:\n    ports:\n      - {text}\n", "compose.yaml", {})
    except UsageError as error:
        message = str(error)
    assert "\n" not in message


def test_published_ports_become_pinned_targets_named_after_their_services(tmp_path):
    file = tmp_path / "compose.yaml"
    file.write_text(FILE)
    lines, datagrams, problems = compose_lines(file, {})
    assert [(str(line.spec), line.name, line.anchor.line) for line in lines] == [
        ("127.0.0.1:8080", "web", 9),
        ("127.0.0.1:8443", "web", 10),
        ("127.0.0.2:6380", "cache", 14),
        ("127.0.0.1:9000", "merged", 4),
    ]
    assert [(port.address, port.port, port.anchor.line) for port in datagrams] == [("127.0.0.1", 5353, 19)]
    assert problems == ()


def test_a_file_that_publishes_nothing_has_nothing_to_scan(tmp_path):
    file = tmp_path / "compose.yaml"
    file.write_text("services: {a: {image: redis}}")
    with pytest.raises(UsageError, match="publishes no port"):
        compose_lines(file, {})
