"""Redis exporter: asks any Redis that a stranger names, and tells sizes, clients and settings of its own.

Specification: https://github.com/oliver006/redis_exporter. /scrape is never asked: the question would go elsewhere.
"""

from scanner.core.rule import Controls
from scanner.services.observability.exporter import Exporter
from scanner.services.observability.web_config import image

PROBE = Exporter(
    id="redis-exporter",
    title="Redis exporter",
    port=9121,
    page="Redis Exporter",
    metric="redis_exporter_build_info",
    why="Anybody has it ask a Redis behind the firewall (/scrape), and reads sizes, clients and settings.",
    controls=Controls.RELAY,
    attack=("T1190", "T1046"),
    references=("https://github.com/oliver006/redis_exporter",),
).probe()

LINT = (image("oliver006/redis_exporter", "quay.io/oliver006/redis_exporter", port=9121, rule="redis-exporter-open"),)
