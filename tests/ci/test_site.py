"""The site is made of the pages that are read in the repository: links lead to the same places."""

import importlib.util
from types import SimpleNamespace

import pytest
import yaml

from tests.ci.conftest import ROOT

spec = importlib.util.spec_from_file_location("site_hooks", ROOT / ".ci/site_hooks.py")
hooks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(hooks)
SITE = yaml.safe_load((ROOT / ".ci/mkdocs.yml").read_text("utf-8"))


def pages(nav):
    """Yield the files that a navigation names."""
    for entry in nav:
        for value in entry.values():
            yield from pages(value) if isinstance(value, list) else [value]


@pytest.mark.parametrize(
    ("page", "written", "told"),
    [
        ("usage.md", "[a](cli.md)", "[a](cli.md)"),
        ("usage.md", "[a](cli.md#exposure-scan)", "[a](cli.md#exposure-scan)"),
        ("usage.md", "[a](https://example.org/)", "[a](https://example.org/)"),
        ("usage.md", "[a](#here)", "[a](#here)"),
        ("usage.md", "[a](../README.md)", "[a](index.md)"),
        ("services/redis.md", "[a](../../README.md#two)", "[a](../index.md#two)"),
        ("services/redis.md", "[a](../rules.md)", "[a](../rules.md)"),
        ("standards.md", "[one file](../scanner/findings/standards.toml)", "one file"),
        ("usage.md", "[a](generate.py)", "a"),
        ("usage.md", "[a](nosuch.md)", "[a](nosuch.md)"),
        ("usage.md", "[a](adr/)", "a"),
    ],
)
def test_links_out_of_the_site_become_text_and_others_stay(page, written, told):
    at = SimpleNamespace(file=SimpleNamespace(src_uri=page))
    assert hooks.on_page_markdown(written, at, config=None, files=None) == told


def test_the_front_page_reads_from_docs():
    assert hooks.front_page("[a](docs/usage.md) [b](https://x.org/docs/)") == "[a](usage.md) [b](https://x.org/docs/)"


def test_every_page_by_hand_is_in_the_navigation():
    named = set(pages(SITE["nav"]))
    assert {file.name for file in (ROOT / "docs").glob("*.md")} <= named
    assert not {name for name in named - {"index.md"} if not (ROOT / "docs" / name).is_file()}
