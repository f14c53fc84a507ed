from io import BytesIO

import pytest

from scanner.core.errors import UsageError
from scanner.core.guard import Guard
from scanner.lint.find import lint

DOCKERFILE = """ARG TAG=7
FROM redis:${TAG} AS plain
FROM plain AS locked
COPY redis.conf /etc/redis.conf
CMD ["redis-server", "/etc/redis.conf"]
"""


@pytest.fixture
def guards(tmp_path):
    """Give out what is said of a service that is built as told."""

    def judge(build, more="", **files):
        for name, text in {"Dockerfile": DOCKERFILE, "redis.conf": "requirepass x\n", **files}.items():
            (tmp_path / name).write_text(text)
        text = f"services:\n  a:\n    build: {build}\n    ports: ['6379:6379']\n    {more}\n"
        (tmp_path / "compose.yaml").write_text(text)
        found = lint([str(tmp_path / "compose.yaml")], {}, BytesIO())
        return [one.guard for one in found.predictions], [problem.detail for problem in found.problems]

    return judge


@pytest.mark.parametrize(
    ("build", "more", "guard"),
    [
        (".", "", Guard.CLOSED),
        ("{context: .}", "", Guard.CLOSED),
        ("{context: ., target: plain}", "", Guard.OPEN),
        (".", "command: redis-server --appendonly yes", Guard.OPEN),
        ("{context: ., target: plain}", "command: redis-server --requirepass x", Guard.CLOSED),
        ("{context: ., target: plain}", "entrypoint: redis-server --requirepass x", Guard.CLOSED),
        ("{context: ., target: plain, args: {TAG: '6'}}", "image: ghcr.io/acme/cache", Guard.OPEN),
        ("{context: ., dockerfile_inline: 'FROM redis:7'}", "", Guard.OPEN),
        ('{context: ., dockerfile_inline: "FROM redis:7\\nRUN sed -i s/a/b/ /etc/x"}', "", Guard.UNKNOWN),
    ],
)
def test_a_built_service_is_what_its_dockerfile_makes_of_it(guards, build, more, guard):
    assert guards(build, more) == ([guard], [])


@pytest.mark.parametrize("build", ["../elsewhere", "https://example.org/x.git", "{dockerfile: none}", '"a\\0b"'])
def test_a_build_that_can_not_be_read_is_a_note(guards, build):
    said, notes = guards(build)
    assert said == []
    assert "is built from what can't be read here" in notes[0]


def test_what_all_builds_of_a_project_bring_along_is_bounded(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM redis\n" + "ENV A=1\n" * 2_000)
    services = "".join(f"  s{number}: {{build: .}}\n" for number in range(60))
    (tmp_path / "compose.yaml").write_text(f"services:\n{services}")
    with pytest.raises(UsageError, match="more than 100,000 lines"):
        lint([str(tmp_path / "compose.yaml")], {}, BytesIO())
