"""Prometheus SNMP exporter: asks any device that a stranger names, with the community strings that it was given.

Specification: https://github.com/prometheus/snmp_exporter. /snmp is never asked: the question would go elsewhere.
"""

from scanner.core.rule import Controls
from scanner.services.observability.exporter import Exporter
from scanner.services.observability.web_config import image

PROBE = Exporter(
    id="snmp-exporter",
    title="Prometheus SNMP exporter",
    port=9116,
    page="SNMP Exporter",
    metric="snmp_exporter_build_info",
    why="Anybody has it ask devices behind the firewall with its community strings, and reads the answers.",
    controls=Controls.RELAY,
    attack=("T1190", "T1602.001", "T1046"),
    references=("https://github.com/prometheus/snmp_exporter",),
).probe()

LINT = (image("prom/snmp-exporter", "quay.io/prometheus/snmp-exporter", port=9116, rule="snmp-exporter-open"),)
