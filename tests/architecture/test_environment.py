"""The tests' environment holds what the product asks for: the tools' own needs may not replace it."""

from importlib.metadata import requires, version

from packaging.requirements import Requirement


def test_the_tools_left_every_requirement_of_the_product_in_place():
    wanted = [Requirement(text) for text in requires("exposure-scanner") or ()]
    here = [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    assert here
    broken = [f"{one} but {version(one.name)}" for one in here if not one.specifier.contains(version(one.name))]
    assert not broken
