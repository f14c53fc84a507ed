"""Prometheus: targets, labels and configuration tell a stranger how everything is built and where it listens.

Specification: https://prometheus.io/docs/prometheus/latest/querying/api/
"""

import re
from dataclasses import dataclass

from scanner.core.count import counted
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json, as_list, as_object, as_text
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.text import clean
from scanner.services.observability.prometheus_moods import MOODS
from scanner.services.observability.web_config import basic_auth, image
from scanner.wire.reading import denied, get_or_none, object_of, shown, undecided_in

HEALTHY = "/-/healthy"
BUILD = "/api/v1/status/buildinfo"
FLAGS = "/api/v1/status/flags"
TARGETS = "/api/v1/targets?state=active"
ABOUT_ITSELF = "/api/v1/query?query=prometheus_build_info"
"""What it says of itself where it shows no flags: before 2.2, and behind a proxy that lets queries through alone."""
VERSION = "/version"
JOBS = "/api/v1/label/job/values"
"""What Prometheus 1 tells, which has neither a health page nor anything below /api/v1/status."""
_BUILT = frozenset({"version", "revision", "branch", "buildUser", "buildDate", "goVersion"})
_MISSING = 404
_HEALTHY = re.compile(rb"Prometheus (?:Server |Agent )?is Healthy\.")
_MOST_NAMES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PrometheusFacts(Facts):
    """What a Prometheus server showed."""

    targets: int | None = None
    """Active scrape targets; None when they were not shown."""
    admin_api: bool = False
    """Whether anybody may delete series (--web.enable-admin-api)."""
    lifecycle: bool = False
    """Whether anybody may reload or stop it (--web.enable-lifecycle)."""


def parse_flags(answer: HttpAnswer | None) -> dict[str, str]:
    """Return the command-line flags when they are those of a Prometheus server, else nothing."""
    document = object_of(answer)
    flags = {name: value for name, value in as_object(document.get("data")).items() if isinstance(value, str)}
    own = {"config.file", "web.enable-lifecycle", "web.enable-admin-api"} <= flags.keys()
    return flags if own and any(name.startswith("storage.") for name in flags) else {}


def parse_targets(answer: HttpAnswer | None) -> tuple[int, tuple[str, ...]] | None:
    """Return the number of active targets and the names of their jobs, None for another answer."""
    active = as_object(object_of(answer).get("data")).get("activeTargets")
    if not isinstance(active, list):
        return None
    jobs = (as_text(as_object(as_object(one).get("labels")).get("job")) for one in as_list(active))
    return len(active), tuple(sorted({clean(job, 120) for job in jobs if job}))


async def ask(talk: HttpTalk) -> PrometheusFacts | None:
    """Read build and flags, which an open server shows to anybody; recognise a closed one by its health page."""
    build = await talk.get(BUILD)
    flags = await get_or_none(talk, FLAGS)
    known = parse_flags(flags)
    if known:
        return await _open(talk, as_object(object_of(build).get("data")), known)
    healthy = await get_or_none(talk, HEALTHY)
    named = _is_built(build) or (healthy is not None and _HEALTHY.match(healthy.body) is not None)
    if named and not denied(flags):
        targets = parse_targets(await get_or_none(talk, TARGETS))
        if targets is not None:
            return _shown(as_object(object_of(build).get("data")), targets)
    version = parse_itself(await get_or_none(talk, ABOUT_ITSELF)) if _may_query(flags, healthy) else None
    if version is not None:
        return PrometheusFacts(
            access=Access.METADATA,
            product="Prometheus",
            version=version,
            proof=(Exchange(f"GET {ABOUT_ITSELF}", f"200, {version}, an answer to a query"),),
        )
    if healthy is None or not _HEALTHY.match(healthy.body):
        return await _first_generation(talk) if flags is not None and flags.status == _MISSING else None
    refused = denied(flags)
    return PrometheusFacts(
        access=Access.REFUSED if refused else Access.UNKNOWN,
        product="Prometheus",
        proof=(Exchange(f"GET {HEALTHY}", "200, Prometheus"), Exchange(f"GET {FLAGS}", shown(flags))),
        note=None if refused else f"GET {FLAGS} answered {shown(flags)} without what would prove access",
        unheard=undecided_in(flags),
    )


async def _first_generation(talk: HttpTalk) -> PrometheusFacts | None:
    """Recognise Prometheus 1 by how it was built; the names of its jobs are the smallest list that it keeps."""
    built = object_of(await get_or_none(talk, VERSION))
    version = as_text(built.get("version"))
    if not (built.keys() >= _BUILT and version and version.startswith(("0.", "1."))):
        return None
    listed = await get_or_none(talk, JOBS)
    names = object_of(listed).get("data")
    proven = isinstance(names, list)
    jobs = tuple(sorted({clean(name, 120) for name in as_list(names) if isinstance(name, str)}))
    told = f"200, {counted(len(jobs), 'job')}" if proven else shown(listed)
    refused = denied(listed)
    return PrometheusFacts(
        access=Access.METADATA if proven else Access.REFUSED if refused else Access.UNKNOWN,
        product="Prometheus",
        version=version,
        evidence={"jobs": list(jobs[:_MOST_NAMES])} if proven else {},
        proof=(Exchange(f"GET {VERSION}", f"200, {version}"), Exchange(f"GET {JOBS}", told)),
        traces={"name": jobs},
        note=None if proven or refused else f"GET {JOBS} answered {told} without what would prove access",
        unheard=None if proven else undecided_in(listed),
    )


def _is_built(build: HttpAnswer) -> bool:
    """Tell whether an answer says how the server was built, in the words of Prometheus and its relatives."""
    return {"version", "revision", "goVersion"} <= as_object(object_of(build).get("data")).keys()


def _shown(build: dict[str, Json], targets: tuple[int, tuple[str, ...]]) -> PrometheusFacts:
    """Return what is open where the flags are kept from strangers, or there are none: Thanos, and rules on paths."""
    count, jobs = targets
    return PrometheusFacts(
        access=Access.METADATA,
        product="Prometheus",
        version=as_text(build.get("version")),
        evidence={"targets": count, "jobs": list(jobs[:_MOST_NAMES])},
        proof=(Exchange(f"GET {TARGETS}", f"200, {counted(count, 'active target')}"),),
        traces={"name": jobs},
        targets=count,
    )


def parse_itself(answer: HttpAnswer | None) -> str | None:
    """Return the version that the metric prometheus_build_info tells, None for another answer."""
    found = as_list(as_object(object_of(answer).get("data")).get("result"))
    metric = as_object(as_object(found[0]).get("metric")) if found else {}
    return as_text(metric.get("version")) if "goversion" in metric else None


def _may_query(flags: HttpAnswer | None, healthy: HttpAnswer | None) -> bool:
    """Tell whether to ask for more: the product is known, or its interface is there without flags."""
    known = healthy is not None and _HEALTHY.match(healthy.body) is not None
    return known or (flags is not None and flags.status == _MISSING and "json" in flags.header("content-type"))


async def _open(talk: HttpTalk, build: dict[str, Json], flags: dict[str, str]) -> PrometheusFacts:
    admin_api, lifecycle = (flags[f"web.enable-{name}"] == "true" for name in ("admin-api", "lifecycle"))
    targets = parse_targets(await get_or_none(talk, TARGETS))
    evidence: dict[str, Json] = {"admin_api": admin_api, "lifecycle_api": lifecycle}
    proof = [Exchange(f"GET {FLAGS}", f"200, {counted(len(flags), 'command-line flag')}")]
    if targets is not None:
        evidence |= {"targets": targets[0], "jobs": list(targets[1][:_MOST_NAMES])}
        proof.append(Exchange(f"GET {TARGETS}", f"200, {counted(targets[0], 'active target')}"))
    return PrometheusFacts(
        access=Access.CONTROL if admin_api or lifecycle else Access.METADATA,
        product="Prometheus",
        version=as_text(build.get("version")),
        evidence=evidence,
        proof=tuple(proof),
        traces={"name": targets[1] if targets else ()},
        targets=targets[0] if targets else None,
        admin_api=admin_api,
        lifecycle=lifecycle,
    )


def _readable(facts: PrometheusFacts) -> str | None:
    if facts.access < Access.METADATA:
        return None
    seen = f" and its {counted(facts.targets, 'target')}" if facts.targets is not None else ""
    return f"Prometheus shows its settings{seen} to anybody, and answers any query."


def _changeable(facts: PrometheusFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    able = [words for words, so in (("delete series", facts.admin_api), ("stop it", facts.lifecycle)) if so]
    return f"The flags of Prometheus let anybody {' and '.join(able)}."


_PAGES = ("https://prometheus.io/docs/operating/security/", "https://prometheus.io/docs/guides/basic-auth/")

PROBE = Probe(
    id="prometheus",
    moods=MOODS,
    title="Prometheus",
    ports=tcp(9090),
    sends=(get(BUILD), get(FLAGS), get(TARGETS), get(HEALTHY), get(ABOUT_ITSELF), get(VERSION), get(JOBS)),
    ask_http=ask,
    fingerprints=(
        Fingerprint(title="Prometheus Time Series Collection"),
        Fingerprint(status=302, header=("location", "/graph")),
        Fingerprint(status=302, header=("location", "/query")),
    ),
    # 2 and 3
    icons=(-1399433489, -1449038499),
    references=_PAGES,
    rules=(
        Rule(
            id="prometheus-open",
            title="Prometheus answers queries from anybody",
            why="Addresses, versions, names and load of everything that is watched show an attacker where to go next.",
            controls=Controls.TELEMETRY,
            holds=_readable,
            remedy=(
                *basic_auth("admin"),
                "tls_server_config: {cert_file: cert.pem, key_file: key.pem}",
                "# or this machine alone",
                "--web.listen-address=127.0.0.1:9090",
            ),
            cwe=(200, 306, 497, 668),
            attack=("T1190", "T1018", "T1552.001"),
            references=_PAGES,
        ),
        Rule(
            id="prometheus-admin-open",
            title="Prometheus lets anybody delete data or stop it",
            why="Anybody wipes the record of what he did elsewhere, or stops the alarms.",
            controls=Controls.TELEMETRY,
            holds=_changeable,
            remedy=("# take these from the command line", "--web.enable-admin-api", "--web.enable-lifecycle"),
            cwe=(306, 749),
            attack=("T1190", "T1562.006", "T1485"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    image("prom/prometheus", "quay.io/prometheus/prometheus", "bitnami/prometheus", port=9090, rule="prometheus-open"),
)
