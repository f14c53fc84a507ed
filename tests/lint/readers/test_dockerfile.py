from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.core.guard import Guard
from scanner.core.problem import ProblemKind
from scanner.lint.reader import Source
from scanner.lint.readers.dockerfile import READER
from scanner.lint.stages import instructions

OPEN = "ENV ALLOW_EMPTY_PASSWORD=yes\n"


def read(text, name="Dockerfile"):
    return READER.read(Source(path=Path(name), text=text, shown=name, root=Path(), environment={}))


def lines(text):
    return [(one.service, one.anchor.line) for one in read(text).predictions if one.guard is Guard.OPEN]


@pytest.mark.parametrize(
    ("name", "text", "fits"),
    [
        ("Dockerfile", "FROM redis\n", True),
        ("src/app.dockerfile", "from redis\n", True),
        ("Containerfile.prod", "# x\n  FROM\tredis\n", True),
        ("Dockerfile", "\n\r\n\t\r\n FROM redis\n", True),
        ("Dockerfile", "FROMAGE\n", False),
        ("Dockerfile", "\n" * 1_000_000, False),
        ("notes.txt", "FROM redis\n", False),
    ],
)
def test_a_dockerfile_is_told_by_its_name_and_a_base(name, text, fits):
    assert READER.fits(name, text) is fits


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("FROM a\nRUN b\n", [("FROM", "a", 1), ("RUN", "b", 2)]),
        ("from\ta\r\nrun\t b\r\n", [("FROM", "a", 1), ("RUN", "b", 2)]),
        ("# x\n\nRUN a \\\n  # no\n\n  b\nRUN c", [("RUN", "a  b", 3), ("RUN", "c", 7)]),
        ("ENV A=b \\", [("ENV", "A=b", 1)]),
        ("# escape=`\nRUN a `\n b\nENV A=C:\\\nRUN c\n", [("RUN", "a  b", 2), ("ENV", "A=C:\\", 4), ("RUN", "c", 5)]),
        ("RUN <<EOF\nFROM x\nEOF\nRUN b\n", [("RUN", "<<EOF", 1), ("RUN", "b", 4)]),
        (
            "COPY <<-'A' <<\"B\" /x/\nFROM x\n\tA\nENV y\nB\nRUN b\n",
            [("COPY", "<<-'A' <<\"B\" /x/", 1), ("RUN", "b", 6)],
        ),
        ("RUN <<EOF\nFROM x\n", [("RUN", "<<EOF", 1)]),
        ("ENV A=<<EOF\nRUN b\n", [("ENV", "A=<<EOF", 1), ("RUN", "b", 2)]),
        ("STOPSIGNAL\n", [("STOPSIGNAL", "", 1)]),
    ],
)
def test_instructions_are_taken_apart_as_docker_takes_them(text, found):
    assert [(one.name, one.rest, one.line) for one in instructions(text)] == found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"FROM bitnami/redis\n{OPEN}", 2),
        (f"FROM --platform=linux/amd64 docker.io/bitnami/redis:7 AS x\n{OPEN}", 2),
        ("FROM bitnami/redis\nENV ALLOW_EMPTY_PASSWORD yes\n", 2),
        ("FROM bitnami/redis\nENV A=b \\\n  ALLOW_EMPTY_PASSWORD=yes \\", 2),
        # What a stage is built upon counts for it too.
        (f"FROM bitnami/redis AS base\n{OPEN}FROM Base\nRUN x\n", 2),
        (f"FROM bitnami/redis AS a\nFROM a AS b\n{OPEN}FROM golang AS c\nFROM b\n", 3),
        # Arguments have defaults.
        (f"ARG BASE=bitnami/redis\nFROM ${{BASE}}\n{OPEN}", 3),
        (f"ARG BASE\nFROM ${{BASE:-bitnami/redis}}\n{OPEN}", 3),
        (f"FROM bitnami/redis:${{TAG}}\n{OPEN}", 2),
        ("ARG E=yes\nFROM bitnami/redis\nARG E\nENV ALLOW_EMPTY_PASSWORD=$E\n", 4),
        ("FROM bitnami/redis\nARG E=no X\nENV E=yes\nENV ALLOW_EMPTY_PASSWORD=${E}\n", 4),
    ],
)
def test_what_the_last_stage_opens_is_found_on_its_line(text, line):
    assert lines(text) == [("redis", line)]


@pytest.mark.parametrize(
    "text",
    [
        "FROM bitnami/redis\n",
        f"FROM bitnami/redis\n{OPEN}ENV ALLOW_EMPTY_PASSWORD=no\n",
        f"FROM bitnami/redis\n{OPEN}ENV REDIS_PASSWORD=x\n",
        f"FROM bitnami/redis AS a\n{OPEN}FROM bitnami/redis\n",
        f"FROM bitnami/redis AS a\nFROM a AS b\n{OPEN}FROM a\n",
        f"FROM golang\n{OPEN}",
        "ARG E=yes\nFROM bitnami/redis\nENV ALLOW_EMPTY_PASSWORD=$E\n",
        f"FROM scratch\nRUN <<EOF\nFROM bitnami/redis\n{OPEN}EOF\n",
        "",
    ],
)
def test_what_it_closes_or_another_stage_opened_is_silent(text):
    assert lines(text) == []


@pytest.mark.parametrize("base", ["${BASE}", "$BASE", "${REGISTRY}/redis", "${", "${BASE:?say}"])
def test_a_base_that_only_the_build_knows_is_said(base):
    (problem,) = read(f"ARG BASE\nFROM {base}\n{OPEN}").problems
    assert (problem.kind, problem.where) == (ProblemKind.LINT_UNTOLD, "Dockerfile:2")
    assert "has no value here" in problem.detail
    assert read(f"FROM {base} AS x\nFROM golang\n").problems == []


@given(st.text(st.sampled_from("FROM ENV ARG=$\\{}\"'`<EOF\n\tx:-[]#"), max_size=120) | st.text(max_size=60))
def test_any_text_is_read(text):
    read(text)
    assert all(one.name for one in instructions(text))


def test_variables_that_double_each_other_stop_growing():
    text = "FROM bitnami/redis\nENV A=xxxxxxxxxxxxxxxx\n" + "ENV A=$A$A\n" * 40
    assert read(text).predictions == []
    assert lines(f"{text}ENV ALLOW_EMPTY_PASSWORD=yes\n") == [("redis", 43)]


def test_what_stages_pass_on_is_bounded():
    text = "FROM redis AS a\nENV " + " ".join(f"k{number}=1" for number in range(1_000)) + "\n"
    text += "".join(f"FROM a AS b{number}\n" for number in range(100))
    assert read(text).problems == []
    with pytest.raises(UsageError, match=r"^Dockerfile:103: its stages pass on more than 100,000 variables"):
        read(text + "FROM a\n")
