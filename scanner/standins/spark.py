"""Apache Spark's standalone master; the answers follow spark.apache.org/docs/latest/spark-standalone.html."""

from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_SOURCE = "https://spark.apache.org/docs/latest/spark-standalone.html"
_FRONT = Page(
    "<!DOCTYPE html><html><head><title>Spark Master at spark://10.0.0.5:7077</title></head><body></body></html>",
    200,
    {"Content-Type": "text/html;charset=utf-8"},
)
_STATE = json_page(
    {
        "url": "spark://10.0.0.5:7077",
        "workers": [],
        "aliveworkers": 0,
        "cores": 0,
        "activeapps": [],
        "completedapps": [],
        "activedrivers": [],
        "status": "ALIVE",
    }
)

STAND_INS = (
    StandIn(
        service="spark-master",
        case="open",
        title="a Spark master that shows its cluster",
        port=8080,
        serve=web({"/": _FRONT, "/json/": _STATE}),
        source=_SOURCE,
    ),
    StandIn(
        service="spark-master",
        case="protected",
        title="a Spark master behind a login below its front page",
        port=8080,
        serve=web({"/": _FRONT}, otherwise=Page("", 403)),
        source=_SOURCE,
    ),
)
