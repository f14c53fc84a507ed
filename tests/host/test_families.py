from scanner.host.families import builds, container_of, holders
from scanner.host.snapshot import Container, Process, Snapshot


def test_the_first_process_holds_a_shared_socket():
    child = Process(pid=9, sockets=frozenset({5}), started_ticks=20)
    parent = Process(pid=8, sockets=frozenset({5}), started_ticks=10)
    assert holders(Snapshot(processes=(child, parent)))[5] is parent


def test_what_runs_below_a_build_tool_is_a_build():
    make = Process(pid=2, executable="/usr/bin/make")
    shell = Process(pid=3, parent=2, executable="/bin/sh")
    test = Process(pid=4, parent=3, executable="/tmp/go-build/x.test")
    other = Process(pid=5, parent=1, executable="/tmp/x")
    assert builds(Snapshot(processes=(make, shell, test, other))) == {2, 3, 4}


def test_a_tool_of_a_temporary_folder_is_none():
    make = Process(pid=2, executable="/tmp/make")
    miner = Process(pid=3, parent=2, executable="/tmp/x")
    assert builds(Snapshot(processes=(make, miner))) == frozenset()


def test_pytest_run_by_an_interpreter_is_a_tool():
    python = Process(pid=2, executable="/usr/bin/python3.11", argv=("python", "/venv/bin/pytest"))
    assert builds(Snapshot(processes=(python,))) == {2}


def test_a_circle_of_parents_ends():
    assert builds(Snapshot(processes=(Process(pid=2, parent=3), Process(pid=3, parent=2)))) == frozenset()


def test_a_process_is_in_the_innermost_container_that_is_known():
    outer, inner = (
        Container(id=letter * 64, name=letter, engine="docker", image="x", command="", running=True) for letter in "ab"
    )
    snapshot = Snapshot(containers=(inner, outer))
    nested = f"/docker/{'a' * 64}/docker/{'b' * 64}"
    for cgroup, name in (
        (f"/system.slice/docker-{'a' * 64}.scope", "a"),
        (nested, "b"),
        (f"{nested}/docker/{'c' * 64}", "b"),
        (f"/x/{'a' * 65}", None),
        ("/docker/aaa", None),
        ("", None),
    ):
        found = container_of(snapshot, Process(pid=7, cgroup=cgroup))
        assert (found.name if found else None) == name
