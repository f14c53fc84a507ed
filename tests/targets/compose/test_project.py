"""How a project is put together: overrides, includes, extends, variables; compose-go agrees in test_compose_go.py."""

import pytest

from scanner.core.errors import UsageError
from scanner.core.problem import ProblemKind
from scanner.targets.compose.project import read_project
from scanner.targets.compose.steps import MOST_STEPS


@pytest.fixture
def read(tmp_path):
    def read(*names, environment=None, **texts):
        for name, text in texts.items():
            path = tmp_path / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return read_project([tmp_path / name for name in names or ("c.yaml",)], environment or {})

    return lambda files, *names, **more: read(*names, **more, **files)


def images(project):
    return {name: node.pairs["image"].text for name, node in project.services.items() if "image" in node.pairs}


def why(project):
    return [(problem.where.rpartition("/")[2], problem.detail) for problem in project.problems]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"c.yaml": "services: {a: {image: x}}"}, {"a": "x"}),
        ({"c.yaml": "services: {a: {image: x}}\n---\nservices: {a: {image: y}}"}, {"a": "y"}),
        ({"c.yaml": "services: {a: {image: x}, b: !reset null}"}, {"a": "x"}),
        ({"c.yaml": "services: {a: {extends: b}, b: {image: x}}"}, {"a": "x", "b": "x"}),
        ({"c.yaml": "services: {a: {extends: {file: d/e.yaml, service: b}}}",
          "d/e.yaml": "services: {b: {extends: c}, c: {image: x}}"}, {"a": "x"}),
        ({"c.yaml": "include: [d/e.yaml]\nservices: {a: {image: x}}", "d/e.yaml": "services: {b: {image: y}}"},
         {"a": "x", "b": "y"}),
        ({"c.yaml": "include: [{path: [d/e.yaml, d/f.yaml]}]", "d/e.yaml": "services: {b: {image: y}}",
          "d/f.yaml": "services: {b: {image: z}}"}, {"b": "z"}),
        ({"c.yaml": "include: d/e.yaml", "d/e.yaml": "include: f.yaml", "d/f.yaml": "services: {b: {image: y}}"},
         {"b": "y"}),
    ],
)  # fmt: skip
def test_a_project_is_what_its_files_make_together(read, files, found):
    project = read(files)
    assert images(project) == found
    assert project.problems == ()


@pytest.mark.parametrize(
    ("files", "environment", "image"),
    [
        ({".env": "T=file"}, {}, "file"),
        ({".env": "T=file"}, {"T": "shell"}, "shell"),
        ({}, {}, "none"),
    ],
)
def test_what_the_shell_says_comes_before_the_file_beside_it(read, files, environment, image):
    project = read({"c.yaml": "services: {a: {image: '${T:-none}'}}", **files}, environment=environment)
    assert images(project) == {"a": image}


def test_an_included_file_has_the_variables_of_its_own_folder(read):
    files = {
        "c.yaml": "include: [d/e.yaml, {path: f.yaml, env_file: [g.env]}]\nservices: {a: {image: '$T'}}",
        ".env": "T=outer\n",
        "d/e.yaml": "services: {b: {image: '$T$U'}}",
        "d/.env": "T=inner\nU=-u\n",
        "f.yaml": "services: {c: {image: '$U'}}",
        "g.env": "U=g\n",
    }
    assert images(read(files)) == {"a": "outer", "b": "outer-u", "c": "g"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("include: [c.yaml]\nservices: {}", "`include` of c.yaml comes back to itself"),
        ("include: [{path: [d.yaml, none.yaml]}]\nservices: {}", "include names none.yaml, which is no file here"),
        ("include: [{env_file: x}]\nservices: {}", "`include` names no file"),
        ("services: {a: {extends: b}, b: {extends: a}}", "b: `extends` comes back to itself"),
        ("services: {a: {extends: {file: c.yaml, service: a}}}", "a: `extends` comes back to itself"),
        ("services: {a: {extends: nobody}}", "a: `extends` names a service that is not there"),
        ("services: {a: {extends: {service: [x]}}}", "a: `extends` names a service that is not there"),
        ("services: {a: {extends: {file: '$X', service: b}}}", "by the variable X, which has no value here"),
        ("services: {a: {extends: {file: 'git@x:y', service: b}}}", "is not followed: it is not on this machine"),
        ('services: {a: {extends: {file: "a\\0b", service: b}}}', "which is no file here"),
        ('services: {"a\\e[2J": {extends: nobody}}', "a\\x1b[2J: `extends`"),
    ],
)
def test_what_can_not_be_followed_is_said_and_the_rest_is_read(read, text, said):
    project = read({"c.yaml": text, "d.yaml": "services: {z: {image: x}}"})
    assert said in "; ".join(detail for _, detail in why(project))
    assert {problem.kind for problem in project.problems} == {ProblemKind.COMPOSE_PART_SKIPPED}
    assert all(where.startswith("c.yaml:") and detail.isprintable() for where, detail in why(project))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"c.yaml": "a: b"}, "holds no `services`"),
        ({"c.yaml": "- a"}, "holds no `services`"),
        ({"c.yaml": ""}, "holds no `services`"),
        ({"c.yaml": "services: [redis]"}, r"c\.yaml:1: `services` is no mapping"),
        ({"c.yaml": "services: redis"}, r"c\.yaml:1: `services` is no mapping"),
        ({"c.yaml": "services: {}", ".env": "A='"}, r"\.env:1: .*Compose refuses the whole file"),
        ({"c.yaml": "services: {a: {image: '${'}}"}, r"c\.yaml:1: "),
    ],
)
def test_what_compose_would_refuse_is_refused_in_one_line(read, files, said):
    with pytest.raises(UsageError, match=said) as caught:
        read(files)
    assert "\n" not in str(caught.value)


def test_a_null_document_is_nothing_and_services_that_are_none_are_left_out(read):
    assert images(read({"c.yaml": "services: {a: {image: x}, b: 7, c: }\n---\n"})) == {"a": "x"}


def test_small_files_that_extend_each_other_can_not_ask_for_much(read, monkeypatch):
    monkeypatch.setattr("scanner.targets.compose.steps.MOST_STEPS", MOST_STEPS // 100)
    many = ", ".join(f"a{n}: {{extends: a{n + 1}, labels: [x{n}=1]}}" for n in range(40))
    text = f"services: {{{many}, a40: {{image: x, labels: [{', '.join(f'y{n}=1' for n in range(100))}]}}}}"
    with pytest.raises(UsageError, match=r"c\.yaml: putting its parts together takes more than"):
        read({"c.yaml": text})
