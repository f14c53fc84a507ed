"""cAdvisor; the answers follow github.com/google/cadvisor/blob/master/docs/api.md."""

from scanner.core.jsontext import Json
from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_SOURCE = "https://github.com/google/cadvisor/blob/master/docs/api.md"
_HOME = Page("", 307, {"Location": "/containers/"})
_MACHINE: Json = {
    "timestamp": "2026-01-01T00:00:00Z",
    "num_cores": 2,
    "cpu_frequency_khz": 2_400_000,
    "memory_capacity": 2_147_483_648,
    "machine_id": "5c1a9f0b2d3e4f5a6b7c8d9e0f1a2b3c",
    "boot_id": "0a1b2c3d-0000-0000-0000-000000000000",
    "filesystems": [],
}

STAND_INS = (
    StandIn(
        service="cadvisor",
        case="open",
        title="a cAdvisor without a login",
        port=8080,
        serve=web({"/": _HOME, "/api/v1.3/machine": json_page(_MACHINE)}),
        source=_SOURCE,
    ),
    StandIn(
        service="cadvisor",
        case="protected",
        title="a cAdvisor whose API a proxy guards",
        port=8080,
        serve=web({"/": _HOME, "/api/v1.3/machine": Page("Unauthorized", 401, {"WWW-Authenticate": "Basic"})}),
        source=_SOURCE,
    ),
)
