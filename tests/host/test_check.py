"""What a check speaks of: the same subject tomorrow, in text that drives no terminal."""

from dataclasses import replace

import pytest

from scanner.host.check import (
    DETAIL_CHARS,
    Kind,
    about_container,
    about_file,
    about_process,
    load_checks,
    sentence,
)
from scanner.host.snapshot import Container, Process

BOX = Container(id="a" * 64, name="web", engine="podman", image="nginx:1", command="", running=True)


def test_checks_are_found_sorted_and_each_has_an_id_of_its_own():
    ids = [check.id for check in load_checks()]
    assert ids == sorted(set(ids))
    assert len(ids) > 20
    assert load_checks() is load_checks()


def test_a_process_is_the_same_one_whatever_its_number():
    one = Process(pid=7, name="x", executable="/tmp/x")
    assert about_process(one).key == about_process(replace(one, pid=8)).key == "/tmp/x"
    assert about_process(one).key != about_process(replace(one, executable="/tmp/y")).key
    assert about_process(one)[2:4] == ("process 7 (x)", 7)


def test_one_whose_executable_can_not_be_read_is_told_by_its_name():
    hidden = Process(pid=7, name="x")
    assert about_process(hidden).key == "name x"
    # A file of that name is another subject.
    assert about_process(hidden).key != about_process(replace(hidden, executable="x")).key


def test_two_scripts_of_one_interpreter_are_two_programs():
    first, second = (Process(pid=7, executable="/usr/bin/python3.11", argv=("python3", path)) for path in ("/a", "/b"))
    assert about_process(first).key == "/usr/bin/python3.11 /a"
    assert about_process(first).key != about_process(second).key


def test_a_container_is_its_image_and_name_and_not_its_id():
    assert about_container(BOX) == about_container(replace(BOX, id="b" * 64))
    assert about_container(BOX) != about_container(replace(BOX, image="nginx:2"))
    assert about_container(BOX).name == "podman container web (nginx:1)"


def test_a_file_has_a_name_of_its_kind_unless_it_is_given_one():
    assert about_file(Kind.START_UP, "/etc/x") == (Kind.START_UP, "/etc/x", "start-up entry /etc/x", 0, "/etc/x")
    assert about_file(Kind.ACCOUNT, "ada", "account ada").name == "account ada"


@pytest.mark.parametrize("hostile", ["\x1b]0;owned\x07", "a\nb", "\u202e", "x" * 10_000])
def test_no_text_of_the_machine_breaks_a_line_or_a_terminal(hostile):
    texts = [
        sentence(hostile),
        *about_process(Process(pid=7, name=hostile, executable=hostile))[1:3],
        *about_process(Process(pid=7, name=hostile))[1:3],
        *about_container(replace(BOX, name=hostile, image=hostile))[1:3],
        *about_file(Kind.FILE, hostile)[1:3],
        about_file(Kind.FILE, "/x", hostile).name,
    ]
    assert all(text.isprintable() and len(text) <= DETAIL_CHARS + 20 for text in texts)
