"""The Docker Engine API, open, compromised and filtered; the answers follow docs.docker.com/reference/api/engine."""

from scanner.core.jsontext import Json
from scanner.standins.standin import StandIn
from scanner.standins.web import Page, json_page, web

_SOURCE = "https://docs.docker.com/reference/api/engine/"
_HEADERS = {
    "Api-Version": "1.41",
    "Docker-Experimental": "false",
    "Ostype": "linux",
    "Server": "Docker/20.10.24+dfsg1 (linux)",
}
_VERSION: Json = {
    "Platform": {"Name": ""},
    "Components": [{"Name": "Engine", "Version": "20.10.24+dfsg1", "Details": {"ApiVersion": "1.41", "Os": "linux"}}],
    "Version": "20.10.24+dfsg1",
    "ApiVersion": "1.41",
    "MinAPIVersion": "1.12",
    "GoVersion": "go1.19.8",
    "Os": "linux",
    "Arch": "amd64",
    "KernelVersion": "6.1.0-18-amd64",
}
_MISSING = json_page({"message": "page not found"}, 404)
_DENIED = Page("<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>\n", 403)
_WARNING = (
    "WARNING: API is accessible on http://0.0.0.0:2375 without encryption.\n"
    "         Access to the remote API is equivalent to root access on the host. Refer to the documentation."
)


def _container(name: str, image: str, command: str, *, mount: str = "") -> Json:
    mounts: list[Json] = [{"Type": "bind", "Source": mount, "Destination": "/mnt", "RW": True}] if mount else []
    return {
        "Id": name[0] * 64,
        "Names": [f"/{name}"],
        "Image": image,
        "ImageID": "sha256:" + "0" * 64,
        "Command": command,
        "Created": 1_700_000_000,
        "Ports": [],
        "Labels": {},
        "State": "running",
        "Status": "Up 2 days",
        "HostConfig": {"NetworkMode": "default"},
        "Mounts": mounts,
    }


def _image(tag: str) -> Json:
    return {
        "Id": "sha256:" + "1" * 64,
        "RepoTags": [tag],
        "RepoDigests": [],
        "Created": 1_700_000_000,
        "Size": 5_000_000,
    }


def _engine(containers: list[Json], images: list[Json]) -> dict[str, Page]:
    info: Json = {
        "ID": "STAND:IN",
        "Containers": len(containers),
        "ContainersRunning": len(containers),
        "ContainersPaused": 0,
        "ContainersStopped": 0,
        "Images": len(images),
        "DockerRootDir": "/var/lib/docker",
        "Name": "build-server",
        "ServerVersion": "20.10.24+dfsg1",
        "OperatingSystem": "Debian GNU/Linux 12 (bookworm)",
        "OSType": "linux",
        "Architecture": "x86_64",
        "Swarm": {"LocalNodeState": "inactive"},
        "SecurityOptions": ["name=seccomp,profile=default"],
        "Warnings": [_WARNING],
    }
    return {
        "/_ping": Page("OK", 200, {"Content-Type": "text/plain; charset=utf-8"}),
        "/version": json_page(_VERSION),
        "/info": json_page(info),
        "/containers/json": json_page(containers),
        "/images/json": json_page(images),
    }


_HEALTHY = _engine([_container("web", "nginx:1.22", "nginx -g 'daemon off;'")], [_image("nginx:1.22")])
_TAKEN = _engine(
    [_container("quirky_darwin", "heybb/theimg2:latest", "/mac.sh", mount="/")],
    [_image("heybb/theimg2:latest"), _image("zoolu/ubuntu:latest")],
)
_FILTERED = {path: _HEALTHY[path] for path in ("/_ping", "/version")}

STAND_INS = (
    StandIn(
        service="docker-api",
        case="open",
        title="an open Docker API on which somebody has started a miner",
        port=2375,
        serve=web(_TAKEN, otherwise=_MISSING, headers=_HEADERS),
        source=_SOURCE,
        demo=True,
    ),
    StandIn(
        service="docker-api",
        case="protected",
        title="a Docker API behind a proxy that lets only /_ping and /version through",
        port=2375,
        serve=web(_FILTERED, otherwise=_DENIED, headers=_HEADERS),
        source=_SOURCE,
        demo=True,
    ),
)
