"""Which products a page names: in words of a title, or in a header of their own."""

import pytest

from scanner.probes.introduction import introduced
from tests.support.look import ALL
from tests.support.talks import page


def named(answer):
    return [probe.id for probe in introduced(ALL.probes, answer)]


@pytest.mark.parametrize(
    ("title", "service"),
    [("Grafana", "grafana"), ("Portainer", "portainer"), ("Vault", "vault"), ("Tempo - Grafana", "grafana")],
)
def test_a_title_names_its_product(title, service):
    assert named(page(f"<title>{title}</title>")) == [service]


@pytest.mark.parametrize("title", ["Vaultwarden Web", "JupyterHub", "Welcome to nginx!", "404 Not Found"])
def test_a_longer_word_is_another_name(title):
    assert named(page(f"<title>{title}</title>")) == []


@pytest.mark.parametrize(
    ("header", "value", "services"),
    [
        ("X-Jenkins", "2.479", ["jenkins"]),
        ("Server", "Docker/28.3.3 (linux)", ["docker-api"]),
        ("Server", "MinIO", ["minio"]),
        ("Server", "MinIO Console", []),
        ("Server", "Jetty(9.4.44)", []),
        ("Location", "/ui/", []),
    ],
)
def test_a_header_of_its_own_names_a_product(header, value, services):
    assert named(page("", 404, {header: value})) == services


def test_a_page_that_refuses_is_an_answer_by_itself():
    assert named(page("<title>Grafana</title>", 401)) == []
    assert named(page("", 403, {"X-Jenkins": "2.479"})) == []


def test_a_page_of_an_error_has_no_title_of_its_own():
    assert named(page("<title>Grafana</title>", 404)) == []
