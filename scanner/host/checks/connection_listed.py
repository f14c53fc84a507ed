"""A program that talks to an address of the user's own list."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from scanner.host.check import Check, Sign, Weight, about_process, sentence
from scanner.host.families import holders, nobody
from scanner.host.snapshot import Snapshot


def _ask(snapshot: Snapshot) -> Iterator[Sign]:
    listed = snapshot.listed
    if not listed.addresses and not listed.networks:
        return
    networks = [ip_network(text) for text in listed.networks]
    owners = holders(snapshot)
    for socket in snapshot.sockets:
        if socket.peer is None:
            continue
        peer = ip_address(str(socket.peer).partition("%")[0])
        if str(peer) in listed.addresses or any(peer in network for network in networks):
            process = owners.get(socket.inode)
            subject = about_process(process) if process else nobody(f"connection to {peer}")
            detail = f"connection {socket.state.value} to {peer} port {socket.peer_port}, which {listed.file} lists"
            yield Sign(CHECK.id, subject, Weight.STRONG, sentence(detail))


CHECK = Check(
    id="connection-listed",
    title="A program talks to an address on your own list",
    reads="/proc/PID/net/tcp, tcp6, udp, udp6, once for each network namespace; the file of --ioc",
    proves="A connection to an address or network that you listed is open.",
    wrong="The list is: addresses change owners. Nothing is looked up anywhere else.",
    decide="ss -tunp | grep pid={pid},; ls -l /proc/{pid}/exe",
    attack=("T1071",),
    ask=_ask,
)
