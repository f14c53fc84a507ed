"""The images that give out Docker's API, and what opens and closes them."""

from scanner.core.facts import Access
from scanner.core.guard import Guard
from scanner.core.image import Image

# What a socket proxy may let through that no read of ours asks for.
_PROXIED = (
    "BUILD", "COMMIT", "CONFIGS", "EXEC", "NETWORKS", "NODES", "PLUGINS", "SECRETS", "SERVICES", "SWARM", "SYSTEM",
    "TASKS", "VOLUMES",
)  # fmt: skip

KNOWN = (
    Image(
        names=("docker",),
        tags=("*dind*",),
        ports=(2375,),
        rule="docker-api-no-auth",
        defaults=(("1.0", Guard.OPEN), ("19.03", Guard.CLOSED)),
        signs=(
            "closed: --tlsverify=true",
            "open: DOCKER_TLS_CERTDIR=",
            "open: --tls=false",
            "open: --host=tcp://0.0.0.0:2375*|tcp://:2375*",
            "open: -H=tcp://0.0.0.0:2375*|tcp://:2375*",
        ),
        access=Access.CONTROL,
        why="with a folder for certificates it demands one of every client",
        source="https://hub.docker.com/_/docker",
    ),
    Image(
        names=(
            "tecnativa/docker-socket-proxy",
            "lscr.io/linuxserver/socket-proxy",
            "linuxserver/socket-proxy",
            "ghcr.io/tecnativa/docker-socket-proxy",
        ),
        ports=(2375,),
        rule="docker-api-filter-leaks",
        defaults=(("", Guard.CLOSED),),
        signs=(
            "open: CONTAINERS=1|true|yes|on",
            "open: IMAGES=1|true|yes|on",
            "open: INFO=1|true|yes|on",
            *(f"unknown: {name}=1|true|yes|on" for name in _PROXIED),
        ),
        why="it lets only what it is told to through",
        source="https://github.com/Tecnativa/docker-socket-proxy",
    ),
)
