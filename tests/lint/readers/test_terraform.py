from pathlib import Path

import pytest

from scanner.core.errors import UsageError
from scanner.core.guard import Guard
from scanner.lint.reader import Source
from scanner.lint.readers.terraform import READER

pytest.importorskip("hcl2")

GROUP = """resource "aws_security_group" "db" {{
  {direction} {{
    from_port   = {first}
    to_port     = {last}
    protocol    = "tcp"
    cidr_blocks = [{source}]
  }}
}}
"""
RULE = """resource "google_compute_firewall" "fw" {
  allow {
    protocol = "tcp"
    ports = ["9200", "27000-27100"]
  }
  source_ranges = ["0.0.0.0/0"]
}
"""
AZURE = """resource "azurerm_network_security_rule" "r" {
  direction = "Inbound"
  access = "Allow"
  destination_port_range = "6379"
  source_address_prefix = "*"
}
"""


def read(text):
    source = Source(path=Path("main.tf"), text=text, shown="main.tf", root=Path(), environment={})
    return {(one.service, one.port, one.guard, one.anchor.line) for one in READER.read(source).predictions}


def group(first, last, source='"0.0.0.0/0"', direction="ingress"):
    return GROUP.format(first=first, last=last, source=source, direction=direction)


def test_everybody_at_the_home_port_of_a_service_is_a_note_and_at_docker_s_a_finding():
    assert read(group(6379, 6379)) == {("redis", 6379, Guard.UNKNOWN, 2)}
    assert read(group(2375, 2376)) == {("docker-api", 2375, Guard.OPEN, 2)}
    assert ("mongodb", 27017, Guard.UNKNOWN, 2) in read(RULE)
    assert read(AZURE) == {("redis", 6379, Guard.UNKNOWN, 1)}


@pytest.mark.parametrize(
    "text",
    [
        group(6379, 6379, '"10.0.0.0/8"'),
        group(6379, 6379, "var.office"),
        group(6379, 6379, direction="egress"),
        group(443, 443),
        group("var.port", "var.port"),
        AZURE.replace("Allow", "Deny"),
        AZURE.replace("Inbound", "Outbound"),
        "",
    ],
)
def test_what_lets_few_in_or_nobody_is_silent(text):
    assert read(text) == set()


@pytest.mark.parametrize("text", ["resource {", "[" * 5_000, "a = " + "(" * 3_000, "x" * (300 << 10)])
def test_what_is_no_terraform_is_one_line(text):
    with pytest.raises(UsageError, match=r"main\.tf"):
        read(text)
