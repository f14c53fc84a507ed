"""Airflow, and the proxy Traefik in its first major version, from their API documentation."""

from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_AIRFLOW = "https://airflow.apache.org/docs/apache-airflow/2.10.5/stable-rest-api-ref.html"
_TRAEFIK = "https://doc.traefik.io/traefik/v1.7/configuration/api/"
_VERSION = json_page({"version": "2.10.5", "git_version": ".release:b93c3db6b1641b0840bd15ac7d05bc58ff2cccbf"})
_TO_HOME = Page("", 302, {"Location": "/home"})
_TO_DASHBOARD = Page("", 302, {"Location": "/dashboard/"})
_PROXY = json_page({"Version": "v1.7.34", "Codename": "maroilles", "startDate": "2024-01-01T00:00:00Z"})
_UNAUTHORIZED = json_page({"status": 401, "title": "Unauthorized"}, 401)

STAND_INS = (
    StandIn(
        service="airflow",
        case="open",
        title="an Airflow 2 whose public role is an administrator's",
        port=8080,
        serve=web(
            {
                "/": _TO_HOME,
                "/home": Page("<title>DAGs - Airflow</title>"),
                "/api/v1/version": _VERSION,
                "/api/v1/dags": json_page({"dags": [{"dag_id": "nightly"}], "total_entries": 3}),
            }
        ),
        source=_AIRFLOW,
    ),
    StandIn(
        service="airflow",
        case="protected",
        title="an Airflow 2 with a login",
        port=8080,
        serve=web(
            {
                "/": _TO_HOME,
                "/home": Page("", 302, {"Location": "/login/?next=%2Fhome"}),
                "/login/": Page("<title>Sign In - Airflow</title>"),
                "/api/v1/version": _VERSION,
            },
            otherwise=_UNAUTHORIZED,
        ),
        source=_AIRFLOW,
    ),
    StandIn(
        service="traefik-v1",
        case="open",
        title="a Traefik 1.7 with its API",
        port=8080,
        serve=web(
            {
                "/": _TO_DASHBOARD,
                "/dashboard/": Page("<title>Traefik</title>"),
                "/api/version": _PROXY,
                "/api/providers": json_page({"docker": {"backends": {}, "frontends": {}}}),
            }
        ),
        source=_TRAEFIK,
    ),
    StandIn(
        service="traefik-v1",
        case="protected",
        title="a Traefik 1.7 whose API wants a login",
        port=8080,
        serve=web({"/": _TO_DASHBOARD, "/api/version": _PROXY, "/api/providers": Page("", 401)}),
        source=_TRAEFIK,
    ),
)
