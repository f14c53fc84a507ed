import re

from scanner.serve.api import routes
from scanner.serve.openapi import openapi


def test_every_path_of_the_api_is_described_and_no_other():
    served = {re.sub(r"\{(\w+):[^}]*\]\{8,64\}\}", r"{\1}", route.path) for route in routes(None, None)}
    assert set(openapi()["paths"]) == served


def test_every_path_demands_a_sign_in():
    document = openapi()
    assert document["security"] == [{"bearer": []}, {"session": []}]
    assert all("security" not in path["get"] for path in document["paths"].values())
