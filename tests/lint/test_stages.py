from scanner.core.finding import Anchor
from scanner.lint.stages import Copy, last_stage

TEXT = """ARG TAG=6
FROM golang AS build
RUN go build
FROM redis:${TAG} AS base
ENV A=1
COPY redis.conf extra.conf /etc/redis/
COPY --from=build /app /app
FROM base
ARG MODE=plain
ENV MODE=$MODE
COPY ["a b.conf", "/etc/x.conf"]
CMD ["redis-server", "/etc/redis/redis.conf"]
"""


def test_a_stage_has_what_it_is_built_upon():
    stage = last_stage(TEXT, "Dockerfile")
    assert stage.base == "redis:6"
    assert {name: value.text for name, value in stage.environment.items()} == {"A": "1", "MODE": "plain"}
    assert [copy.target for copy in stage.copies] == ["/etc/redis/redis.conf", "/etc/redis/extra.conf", "/etc/x.conf"]
    assert stage.copies[-1] == Copy("a b.conf", "/etc/x.conf", Anchor(file="Dockerfile", line=11))
    assert not stage.sets_up


def test_arguments_of_the_build_count_before_those_of_the_file():
    stage = last_stage(TEXT, "Dockerfile", {"TAG": "7", "MODE": "loud"})
    assert stage.base == "redis:7"
    assert stage.environment["MODE"].text == "loud"


def test_a_target_ends_the_reading():
    stage = last_stage(TEXT, "Dockerfile", target="base")
    assert "MODE" not in stage.environment
    assert stage.words == {}


def test_a_command_of_the_build_may_set_it_up():
    assert last_stage("FROM redis\nRUN echo requirepass x >> /etc/redis.conf\n", "Dockerfile").sets_up
    assert not last_stage("FROM redis\nRUN apt-get update\n", "Dockerfile").sets_up
