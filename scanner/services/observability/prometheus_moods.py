"""What Prometheus says while it starts, and in its earlier releases."""

from scanner.core.facts import Access
from scanner.core.mood import Mood, said
from scanner.core.talk import HttpAnswer
from scanner.core.unheard import Unheard


def _pages(healthy: str, version: str) -> dict[str, HttpAnswer]:
    """Return the answers of a server that tells its build and its flags (2.14 and later)."""
    return {
        "/-/healthy": said(f"{healthy}\n", content_type="text/plain; charset=utf-8"),
        "/api/v1/status/buildinfo": said(
            f'{{"status":"success","data":{{"version":"{version}"}}}}', content_type="application/json"
        ),
        "/api/v1/status/flags": said(
            '{"status":"success","data":{"web.enable-admin-api":"false","web.enable'
            '-lifecycle":"false","config.file":"p.yml","storage.tsdb.path":"data"}}',
            content_type="application/json",
        ),
        "/api/v1/targets": said('{"status":"success","data":{"activeTargets":[]}}', content_type="application/json"),
    }


MOODS = (
    Mood(
        name="replaying",
        pages={
            "/-/healthy": said("Prometheus Server is Healthy.\n", content_type="text/plain; charset=utf-8"),
            "*": said("Service Unavailable", 503, content_type="text/plain; charset=utf-8"),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
    Mood(
        name="2.30",
        pages=_pages("Prometheus is Healthy.", "2.30.0"),
        access=Access.METADATA,
    ),
    Mood(
        name="2.1",
        pages={
            "/-/healthy": said("Prometheus is Healthy.\n", content_type="text/plain; charset=utf-8"),
            "/api/v1/query": said(
                '{"status":"success","data":{"resultType":"vector","result":[{"metric":'
                '{"__name__":"prometheus_build_info","goversion":"go1.9.2","version":"2'
                '.1.0"},"value":[1,"1"]}]}}',
                content_type="application/json",
            ),
        },
        access=Access.METADATA,
    ),
    Mood(
        name="1.8",
        pages={
            "/version": said(
                '{"version":"1.8.2","revision":"5211b96","branch":"HEAD","buildUser":"r'
                'oot@h","buildDate":"20171104-16:09:14","goVersion":"go1.9.2"}',
                content_type="application/json",
            ),
            "/api/v1/label/job/values": said(
                '{"status":"success","data":["node","shop"]}', content_type="application/json"
            ),
            "*": said("404 page not found\n", 404, content_type="text/plain; charset=utf-8"),
        },
        access=Access.METADATA,
    ),
    Mood(
        name="agent",
        pages=_pages("Prometheus Agent is Healthy.", "2.45.0"),
        access=Access.METADATA,
    ),
    Mood(
        name="starting",
        pages={"*": said("Service Unavailable", 503, content_type="text/plain; charset=utf-8")},
        nameless=True,
        unheard=Unheard.REFUSED_LATER,
    ),
)
