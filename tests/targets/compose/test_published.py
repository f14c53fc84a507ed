import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.core.ports import Transport
from scanner.core.problem import ProblemKind
from scanner.targets.compose.published import compose_lines

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


@pytest.fixture
def read(tmp_path):
    def read(text, environment=None, **others):
        for name, content in {"compose.yaml": text, **others}.items():
            (tmp_path / name).write_text(content)
        return compose_lines([tmp_path / "compose.yaml"], environment or {})

    return read


def one(port):
    return f"services:\n  a:\n    ports:\n      - {port}\n"


def test_published_ports_become_pinned_targets_named_after_their_services(read):
    lines, datagrams, problems, ports = read(FILE)
    assert [(str(line.spec), line.name, line.anchor.line) for line in lines] == [
        ("127.0.0.1:8080", "web", 9),
        ("127.0.0.1:8443", "web", 10),
        ("127.0.0.2:6380", "cache", 14),
        ("127.0.0.1:9000", "merged", 4),
    ]
    assert [(port.address, port.port, port.transport, port.anchor.line) for port in datagrams] == [
        ("127.0.0.1", 5353, Transport.UDP, 19)
    ]
    assert problems == ()
    assert len(ports) == 5


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
        ('"80:80/TCP"', [("127.0.0.1", 80, "tcp")]),
        ("{target: 80, published: 8080}", [("127.0.0.1", 8080, "tcp")]),
        ("{target: 80, published: 8080-8081, protocol: UDP}", [("127.0.0.1", port, "udp") for port in (8080, 8081)]),
        ('"${PORT}:80"', [("127.0.0.1", 7000, "tcp")]),
        ('"$PORT:80"', [("127.0.0.1", 7000, "tcp")]),
        ('"${EMPTY:-${NONE:-81}}:80"', [("127.0.0.1", 81, "tcp")]),
        ('"${PORT:+82}:80"', [("127.0.0.1", 82, "tcp")]),
        ('"${IP:-127.0.0.3}:80:80"', [("127.0.0.3", 80, "tcp")]),
    ],
)
def test_the_forms_of_the_specification(read, written, expected):
    composed = read(one(written), {"PORT": "7000", "EMPTY": ""})
    streams = [(str(line.spec).rpartition(":")[0].strip("[]"), line.spec.port, "tcp") for line in composed.lines]
    assert streams + [(port.address, port.port, "udp") for port in composed.datagrams] == expected
    assert composed.problems == ()


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ('"80"', "no published port"),
        ("{target: 80}", "no published port"),
        ('"${NONE}:80"', "NONE has no value"),
        ('"${NONE:?set it}:80"', "NONE has no value"),
        ('{target: 80, published: "${NONE}"}', "NONE has no value"),
        ('"70000:80"', "not between 1"),
        ('"9-8:80"', "not between 1"),
        ('"80-81:80-84"', "different length"),
        ('"80:80/sctp"', "neither tcp nor udp"),
        ('"x:80"', "not a port"),
        ('"localhost:80:80"', "not a port"),
        ("1.2.3:80:80", "no address"),
        ("[80]", "neither a port nor"),
        ("", "not a port"),
        ('"' + "1" * 5_000 + ':80"', "not a port"),
    ],
)
def test_a_port_that_can_not_be_told_is_a_problem_with_its_line(read, written, why):
    composed = read(one(written))
    assert composed.lines == composed.datagrams == ()
    (problem,) = composed.problems
    assert (problem.kind, problem.where.rpartition("/")[2]) == (ProblemKind.COMPOSE_PORT_SKIPPED, "compose.yaml:4")
    assert why in problem.detail


@pytest.mark.parametrize(
    ("service", "kind", "why"),
    [
        ("network_mode: host", ProblemKind.COMPOSE_PORTS_UNKNOWN, "agent: uses the host's network"),
        ("network_mode: ${MODE}", ProblemKind.COMPOSE_PORTS_UNKNOWN, "MODE, which has no value"),
        (
            "networks: [lan]",
            ProblemKind.COMPOSE_PORTS_UNKNOWN,
            r"agent: has an address of its own in the network lan \(macvlan\)",
        ),
        ("networks: {lan: {ipv4_address: 10.0.0.9}}", ProblemKind.COMPOSE_PORTS_UNKNOWN, "address of its own"),
        ("extends: {file: none.yaml, service: b}", ProblemKind.COMPOSE_PART_SKIPPED, "agent: extends names none.yaml"),
        ("extends: agent", ProblemKind.COMPOSE_PART_SKIPPED, "agent: `extends` comes back to itself"),
        ("extends: nobody", ProblemKind.COMPOSE_PART_SKIPPED, "agent: `extends` names a service that is not there"),
    ],
)
def test_what_can_not_be_told_of_a_service_names_it(read, service, kind, why):
    text = f"services:\n  agent:\n    image: x\n    {service}\nnetworks:\n  lan: {{driver: macvlan}}\n"
    (problem,) = read(text).problems
    assert (problem.kind, problem.where.rpartition("/")[2]) == (kind, "compose.yaml:4")
    assert re.search(why, problem.detail)


@pytest.mark.parametrize(
    "entry", ["oci://docker.io/x", "https://github.com/a/b.git", "none.yaml", "${NONE}.yaml", "{path: }", "/dev/zero"]
)
def test_an_include_that_is_not_followed_is_a_problem(read, entry):
    composed = read(f"include:\n  - {entry}\n{one('1:1')}")
    (problem,) = composed.problems
    assert (problem.kind, problem.where.rpartition("/")[2]) == (ProblemKind.COMPOSE_PART_SKIPPED, "compose.yaml:2")
    assert [line.spec.port for line in composed.lines] == [1]


def test_a_service_of_a_profile_is_looked_at_but_need_not_answer(read):
    text = "services:\n  a: {profiles: [debug], ports: ['1:1']}\n  b: {ports: ['2:2']}\n"
    composed = read(text)
    assert [line.spec.port for line in composed.lines] == [1, 2]
    assert [problem.kind for problem in composed.problems] == [ProblemKind.COMPOSE_PROFILE_OFF]
    assert [port.port for port in composed.ports if port.optional] == [1]
    for profiles in ("debug", "other, debug", "*"):
        composed = read(text, {"COMPOSE_PROFILES": profiles})
        assert composed.problems == ()
        assert not any(port.optional for port in composed.ports)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no `services`"),
        ("a: [", r"compose\.yaml:\d: is not YAML"),
        ("a: b", "no `services`"),
        ("- a", "no `services`"),
        ("services: {a: {image: redis}}", "publishes no port"),
        ("services: {a: {ports: ['1-65535:1-65535']}}", "publishes 65,535"),
        ("services: {a: {ports: [" + "'1-65535:1-65535'," * 200 + "]}}", "publishes 13,107,000"),
        ("services: {a: {image: '${'}}", r"compose\.yaml:1: .*not closed"),
        ("services: {a: {image: '${A:80}'}}", r"compose\.yaml:1: .*no form of a variable"),
        ("services: {a: {image: '" + "${A:-" * 40 + "}" * 40 + "'}}", "nested deeper"),
        ("services: {a: {image: x, image: y}}", r"compose\.yaml:1: the key `image` stands twice"),
        ("!!python/object/apply:os.system [x]", "no `services`"),
        ("\x00", "NUL|not YAML"),
        ("[" * 20_000, "not YAML|nested deeper"),
        ("services:\n" + "".join(f"  a{n}: {{}}\n" for n in range(100_000)), "more than 50,000 values"),
    ],
)
def test_what_is_no_compose_file_is_one_line(read, text, message):
    with pytest.raises(UsageError, match=message) as raised:
        read(text)
    assert "\n" not in str(raised.value)


def test_files_that_ask_for_each_other_without_end_are_refused(read):
    many = {f"f{n}.yaml": f"include: [f{n + 1}.yaml, ./f{n + 1}.yaml]\nservices: {{}}\n" for n in range(30)}
    with pytest.raises(UsageError, match=r"compose\.yaml: putting its parts together takes more than"):
        read("include: [f0.yaml, ./f0.yaml]\n", **many, **{"f30.yaml": one("1:1")})


def test_variables_that_double_each_other_are_refused(read):
    bomb = "A0=xxxxxxxxxxxxxxxx\n" + "".join(f"A{n}=$A{n - 1}$A{n - 1}\n" for n in range(1, 40))
    with pytest.raises(UsageError, match=r"\.env:14: A13: variables make a text longer"):
        read(one("1:1"), **{".env": bomb})


def test_a_tree_of_aliases_is_not_unfolded(read):
    laughs = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    assert [line.spec.port for line in read(laughs + one('"80:80"')).lines] == [80]


def test_standard_input_is_read_like_a_file_and_has_no_lines_to_show(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("P=7\n")
    stdin = io.BytesIO(one('"${P}:80"').encode())
    composed = compose_lines([Path("-")], {}, stdin)
    assert [(line.spec.port, line.anchor, line.file) for line in composed.lines] == [(7, None, "standard input")]


def test_a_file_of_windows_is_read(tmp_path):
    file = tmp_path / "compose.yaml"
    file.write_bytes(one('"80:80"').replace("\n", "\r\n").encode("utf-16"))
    assert [line.anchor.line for line in compose_lines([file], {}).lines] == [4]


def test_a_missing_file_is_one_line():
    with pytest.raises(UsageError, match="can't be read"):
        compose_lines([Path("none.yaml")], {})


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_one_line(tmp_path_factory, text):
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(f"services:\n  a:\n    ports:\n      - {text}\n", "utf-8", "replace")
    message = ""
    try:
        compose_lines([file], {})
    except UsageError as error:
        message = str(error)
    assert "\n" not in message


def test_one_port_published_twice_is_one_port(read):
    composed = read("services:\n  a: {ports: ['1:1', '1-2:1-2']}\n")
    assert [line.spec.port for line in composed.lines] == [1, 2]
