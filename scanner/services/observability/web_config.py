"""What Prometheus and its exporters share: the flags and the file that shut them (exporter-toolkit)."""

from scanner.core.facts import Access
from scanner.core.image import Image


def basic_auth(user: str) -> tuple[str, ...]:
    """Return the lines of web.yml that demand a password of one user."""
    return (
        f"# web.yml, given with --web.config.file=web.yml (hash from `htpasswd -nBC 10 {user}`)",
        "basic_auth_users:",
        f"  {user}: $2y$10$...",
    )


def image(*names: str, port: int, rule: str) -> Image:
    """Return what is known of the images of a program that takes these flags."""
    return Image(
        names=names,
        ports=(port,),
        rule=rule,
        signs=(
            "unknown: --web.config.file",
            "unknown: --web.config",
            "closed: --web.listen-address=@loopback",
        ),
        access=Access.METADATA,
        why="the image asks for no login",
        source="https://prometheus.io/docs/operating/security/",
    )
