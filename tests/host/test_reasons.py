from ipaddress import ip_address

from scanner.config.kinds import docker_daemon
from scanner.config.setting import setting
from scanner.core.ports import Transport
from scanner.host.reasons import explain
from scanner.host.snapshot import Container, Process, Snapshot, Socket, State


def listener(address="0.0.0.0", port=2375, inode=5, **fields):
    about = {"transport": Transport.TCP, "state": State.LISTEN, "network": 1, **fields}
    return Socket(address=ip_address(address), port=port, inode=inode, **about)


def test_the_sentence_of_the_incident():
    doors = docker_daemon.KIND.doors(docker_daemon.KIND.read('{"hosts": ["tcp://0.0.0.0:2375"]}', "daemon.json"))
    process = Process(pid=7, name="dockerd", sockets=frozenset({5}))
    snapshot = Snapshot(
        network=1, processes=(process,), sockets=(listener(),), doors={7: doors}, units={7: "docker.service"}
    )
    (reason,) = explain(snapshot)
    assert reason.owner == 'dockerd (docker.service, daemon.json:1 {"hosts": ["tcp://0.0.0.0:2375"]})'
    assert reason.open


def test_a_door_on_loopback_is_not_open():
    doors = docker_daemon.KIND.doors(docker_daemon.KIND.read('{"hosts": ["tcp://127.0.0.1:2375"]}', "f"))
    process = Process(pid=7, name="dockerd", sockets=frozenset({5}))
    (reason,) = explain(Snapshot(network=1, processes=(process,), sockets=(listener("127.0.0.1"),), doors={7: doors}))
    assert not reason.outside
    assert not reason.open


def test_a_published_port_is_joined_with_its_container_and_compose_line():
    box = Container(id="a" * 64, name="db", engine="docker", image="redis", command="", running=True,
                    ports=(("0.0.0.0", 6379, Transport.TCP),), service="db", project="shop")  # fmt: skip
    proxy = Process(pid=7, name="docker-proxy", sockets=frozenset({5}))
    line = setting("services.db.ports.0", "6379:6379", "/srv/compose.yml", 4, '- "6379:6379"')
    snapshot = Snapshot(
        network=1,
        processes=(proxy,),
        sockets=(listener(port=6379),),
        containers=(box,),
        published={(box.id, 6379): line},
    )
    (reason,) = explain(snapshot)
    assert reason.owner == 'docker-proxy (container db, Compose service db, /srv/compose.yml:4 - "6379:6379")'


def test_a_published_port_without_a_socket_is_a_listener_too():
    box = Container(id="a" * 64, name="db", engine="docker", image="redis", command="", running=True,
                    ports=(("0.0.0.0", 6379, Transport.TCP),))  # fmt: skip
    (reason,) = explain(Snapshot(network=1, containers=(box,)))
    assert (str(reason.address), reason.port, reason.owner) == ("0.0.0.0", 6379, "the container engine (container db)")


def test_other_namespaces_and_short_lived_questions_are_left_out():
    sockets = (listener(network=2), listener(port=40000, transport=Transport.UDP))
    assert explain(Snapshot(network=1, sockets=sockets)) == ()


def test_a_session_of_sshd_that_listens_forwards_and_the_daemon_does_not():
    for title, forwards in (
        ("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", False),
        ("/usr/sbin/sshd -D", False),
        ("sshd: ada@pts/0", True),
    ):
        process = Process(pid=7, name="sshd", argv=(title,), sockets=frozenset({5}))
        (reason,) = explain(Snapshot(network=1, processes=(process,), sockets=(listener(),)))
        assert ("remote forward" in reason.owner) is forwards
