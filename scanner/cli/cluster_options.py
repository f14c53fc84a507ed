"""Options that say which NATS server coordinator and workers meet at, and how the work is shared out."""

from dataclasses import dataclass
from pathlib import Path

from scanner.cli.option import Group, as_texts, option
from scanner.cli.readers import duration, read_path, read_words


@dataclass(frozen=True, kw_only=True)
class ClusterKeysOptions:
    """By what a side proves who it is to the server, and whom it believes."""

    cluster_ca: Path | None = option(
        None,
        "--cluster-ca",
        "The authority that signed the server's certificate [the system's].",
        metavar="FILE",
        read=read_path,
        group=Group.CLUSTER,
        example="--cluster-ca ca.pem",
    )
    cluster_cert: Path | None = option(
        None,
        "--cluster-cert",
        "A client certificate for the server; with --cluster-key.",
        metavar="FILE",
        read=read_path,
        group=Group.CLUSTER,
        example="--cluster-cert worker.pem --cluster-key worker.key",
    )
    cluster_key: Path | None = option(
        None,
        "--cluster-key",
        "The key of the client certificate.",
        metavar="FILE",
        read=read_path,
        group=Group.CLUSTER,
        example="--cluster-cert worker.pem --cluster-key worker.key",
    )
    cluster_creds: Path | None = option(
        None,
        "--cluster-creds",
        "A NATS credentials file, or the seed of an nkey.",
        metavar="FILE",
        read=read_path,
        group=Group.CLUSTER,
        example="--cluster-creds worker.creds",
    )


@dataclass(frozen=True, kw_only=True)
class ClusterOptions(ClusterKeysOptions):
    """Whether others do the work, and what becomes of what they don't do."""

    cluster: str = option(
        "",
        "--cluster",
        "Have workers do the run, by way of this NATS server: tls://host:4222.",
        metavar="URL",
        group=Group.CLUSTER,
        example="--cluster tls://nats.example.org:4222",
    )
    cluster_wait_s: float = option(
        120.0,
        "--cluster-wait",
        "Give up what is left for a vantage point when no worker of it was heard for so long [2m].",
        metavar="TIME",
        read=duration(86_400.0, 1.0),
        group=Group.CLUSTER,
        example="--cluster-wait 10m",
    )
    cluster_lease_s: float = option(
        30.0,
        "--cluster-lease",
        "A worker that is unheard for so long loses its work to another [30s].",
        metavar="TIME",
        read=duration(3_600.0, 1.0),
        group=Group.CLUSTER,
        example="--cluster-lease 2m",
    )
    outside: tuple[str, ...] = option(
        (),
        "--outside",
        "Vantage points where strangers stand: what is reached from there is more urgent.",
        metavar="NAMES",
        read=read_words,
        group=Group.CLUSTER,
        example="--outside internet",
        recorded=as_texts,
    )
