import pytest

from scanner.host.snapshot import Process, Snapshot


@pytest.mark.parametrize(
    ("argv", "command"), [(("redis-server", "*:6379"), "redis-server *:6379"), ((), "[kworker/0:1]"), (("",), "")]
)
def test_a_command_line_is_one_text_and_the_name_in_brackets_where_there_is_none(argv, command):
    assert Process(pid=7, name="kworker/0:1", argv=argv).command == command


def test_a_process_is_found_by_its_number():
    one, two = Process(pid=7), Process(pid=77)
    snapshot = Snapshot(processes=(one, two))
    assert (snapshot.process(77), snapshot.process(7), snapshot.process(0)) == (two, one, None)


@pytest.mark.parametrize(
    ("executable", "argv", "script"),
    [
        ("/usr/bin/python3.11", ("python", "/x.py", "a"), "/x.py"),
        ("/usr/bin/bash", ("bash", "-c", "x"), ""),
        ("/usr/bin/bash", ("bash",), ""),
        (None, ("/bin/sh", "/x"), "/x"),
        ("/usr/sbin/nginx", ("nginx", "x"), ""),
        (None, (), ""),
    ],
)
def test_a_script_is_what_an_interpreter_runs(executable, argv, script):
    assert Process(pid=7, executable=executable, argv=argv).script == script
