"""Options that say what is scanned, and what is asked there."""

from dataclasses import dataclass
from pathlib import Path

from scanner.cli import choices
from scanner.cli.option import Group, argument, as_is, as_texts, option
from scanner.cli.readers import read_path, read_services


@dataclass(frozen=True, kw_only=True)
class AllowPublicOption:
    """The one option that opens the scope to addresses of others."""

    allow_public: bool = option(
        False,
        "--allow-public",
        "Permit addresses that are not private.",
        group=Group.TARGETS,
        example="--allow-public",
        recorded=as_is,
    )


@dataclass(frozen=True, kw_only=True)
class TargetOptions:
    """Where endpoints come from."""

    targets: tuple[str, ...] = argument(
        "TARGET...", "Address, CIDR, range, name, @local or URL.", default=(), recorded=as_texts
    )
    target_files: tuple[str, ...] = option(
        (),
        "-i, --targets",
        "Targets, one a line, `#` comments; `-` is standard input.",
        metavar="FILE",
        group=Group.TARGETS,
        example="--targets targets.txt",
        recorded=as_texts,
    )
    from_nmap: tuple[Path, ...] = option(
        (),
        "--from-nmap",
        "Open ports that nmap (XML), masscan or naabu (JSON) has found.",
        metavar="FILE",
        read=read_path,
        group=Group.TARGETS,
        example="--from-nmap nmap.xml",
        recorded=as_texts,
    )
    from_compose: tuple[Path, ...] = option(
        (),
        "--from-compose",
        "Ports that a Compose file publishes on this machine.",
        metavar="FILE",
        read=read_path,
        group=Group.TARGETS,
        example="--from-compose compose.yaml",
        recorded=as_texts,
    )
    exclude: tuple[str, ...] = option(
        (),
        "-x, --exclude",
        "Never touched.",
        metavar="TARGET",
        group=Group.TARGETS,
        example="-x 10.0.0.1",
        recorded=as_texts,
    )
    exclude_files: tuple[str, ...] = option(
        (),
        "--exclude-file",
        "Never touched, one a line.",
        metavar="FILE",
        group=Group.TARGETS,
        example="--exclude-file never.txt",
        recorded=as_texts,
    )


@dataclass(frozen=True, kw_only=True)
class ChecksOption:
    """Checks of the user's own."""

    checks: Path | None = option(
        None,
        "--checks",
        "Your own TOML checks.",
        metavar="DIR",
        read=read_path,
        group=Group.PORTS,
        example="--checks checks/",
    )


@dataclass(frozen=True, kw_only=True)
class PortOptions:
    """Which ports are looked at, and who is asked there."""

    ports: str = option(
        "catalogue",
        "-p, --ports",
        "2375,6379 | 1-1024 | catalogue | all | U:53,161",
        metavar="SPEC",
        group=Group.PORTS,
        example="-p 1-1024",
        recorded=as_is,
    )
    services: tuple[str, ...] = option(
        (),
        "-s, --services",
        "Only these services (ids or categories; ^id leaves one out).",
        metavar="IDS",
        read=read_services,
        choices=choices.services,
        group=Group.PORTS,
        example="-s redis,docker-api",
        recorded=as_texts,
    )
    identify: bool = option(
        True,
        "--identify/--no-identify",
        "Ask what speaks on ports that are nobody's default.",
        group=Group.PORTS,
        example="--no-identify",
        recorded=as_is,
    )
    names: bool | None = option(
        None,
        "--names/--no-names",
        "Label hosts that answer with their reverse DNS names [private ones].",
        group=Group.PORTS,
        example="--no-names",
        recorded=as_is,
    )
    """Whether to ask for reverse DNS names: of all addresses, of none, or (None) of private ones."""
