from collections.abc import Iterator

import pytest

from tests.sweep.syn.lab import Lab


@pytest.fixture(scope="module")
def shared_lab() -> Iterator[Lab]:
    lab = Lab()
    try:
        lab.build()
        yield lab
    finally:
        lab.remove()


@pytest.fixture
def lab(shared_lab: Lab) -> Lab:
    """The two namespaces, without rules of another test."""
    shared_lab.ask(shared_lab.target, "nft", "flush", "ruleset")
    return shared_lab
