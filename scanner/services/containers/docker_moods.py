"""What the Docker Engine says in older releases, and when the runtime below it is away."""

from scanner.core.facts import Access
from scanner.core.mood import Mood, said
from scanner.core.unheard import Unheard

MOODS = (
    Mood(
        name="17.05",
        pages={
            "/_ping": said(
                "OK",
                content_type="text/plain; charset=utf-8",
                server="Docker/17.05.0-ce (linux)",
                api_version="1.29",
                docker_experimental="false",
            ),
            "/version": said(
                '{"Version":"17.05.0-ce","ApiVersion":"1.29","MinAPIVersion":"1.12","Gi'
                'tCommit":"89658be","GoVersion":"go1.7.5","Os":"linux","Arch":"amd64","'
                'KernelVersion":"4.4.0"}',
                content_type="application/json",
                server="Docker/17.05.0-ce (linux)",
                api_version="1.29",
                docker_experimental="false",
            ),
            "/containers/json": said(
                "[]",
                content_type="application/json",
                server="Docker/17.05.0-ce (linux)",
                api_version="1.29",
                docker_experimental="false",
            ),
            "/images/json": said(
                "[]",
                content_type="application/json",
                server="Docker/17.05.0-ce (linux)",
                api_version="1.29",
                docker_experimental="false",
            ),
            "/info": said(
                '{"Containers":0,"Images":0,"Name":"h","DockerRootDir":"/var/lib/docker"}',
                content_type="application/json",
                server="Docker/17.05.0-ce (linux)",
                api_version="1.29",
                docker_experimental="false",
            ),
            "*": said(
                '{"message":"page not found"}',
                404,
                content_type="application/json",
                server="Docker/17.05.0-ce (linux)",
                api_version="1.29",
                docker_experimental="false",
            ),
        },
        access=Access.CONTROL,
    ),
    Mood(
        name="1.9",
        pages={
            "/_ping": said("OK", content_type="text/plain; charset=utf-8", server="Docker/1.9.1 (linux)"),
            "/version": said(
                '{"Version":"1.9.1","ApiVersion":"1.21","GitCommit":"a34a1d5","GoVersio'
                'n":"go1.4.3","Os":"linux","Arch":"amd64"}',
                content_type="application/json",
                server="Docker/1.9.1 (linux)",
            ),
            "/containers/json": said("[]", content_type="application/json", server="Docker/1.9.1 (linux)"),
            "/images/json": said("[]", content_type="application/json", server="Docker/1.9.1 (linux)"),
            "/info": said(
                '{"Containers":0,"Images":0,"Name":"h","DockerRootDir":"/var/lib/docker"}',
                content_type="application/json",
                server="Docker/1.9.1 (linux)",
            ),
            "*": said(
                "404 page not found\n", 404, content_type="text/plain; charset=utf-8", server="Docker/1.9.1 (linux)"
            ),
        },
        access=Access.CONTROL,
    ),
    Mood(
        name="containerd-down",
        pages={
            "/_ping": said(
                "OK",
                content_type="text/plain; charset=utf-8",
                server="Docker/17.05.0-ce (linux)",
                api_version="1.29",
                docker_experimental="false",
            ),
            "*": said(
                '{"message":"connection error: desc = \\"transport: Error while dialing:'
                " dial unix /run/containerd/containerd.sock: connect: connection refuse"
                'd\\": unavailable"}',
                500,
                content_type="application/json",
                server="Docker/17.05.0-ce (linux)",
                api_version="1.29",
                docker_experimental="false",
            ),
        },
        unheard=Unheard.REFUSED_LATER,
    ),
)
