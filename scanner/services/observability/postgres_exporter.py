"""PostgreSQL exporter: names, sizes, settings and load of the databases behind it.

Specification: https://github.com/prometheus-community/postgres_exporter. /probe is never asked: it goes elsewhere.
"""

from scanner.core.rule import Controls
from scanner.services.observability.exporter import Exporter
from scanner.services.observability.web_config import image

PROBE = Exporter(
    id="postgres-exporter",
    title="PostgreSQL exporter",
    port=9187,
    page="Postgres exporter",
    metric="postgres_exporter_build_info",
    why="Anybody reads the names, sizes, settings and load of the databases behind it.",
    controls=Controls.TELEMETRY,
    attack=("T1190", "T1082"),
    references=("https://github.com/prometheus-community/postgres_exporter",),
).probe()

LINT = (
    image(
        "prometheuscommunity/postgres-exporter",
        "quay.io/prometheuscommunity/postgres-exporter",
        port=9187,
        rule="postgres-exporter-open",
    ),
)
