"""Ports that people expect a scan to look at, and that the catalogue may leave out since nothing on them is proven."""

from collections.abc import Iterator

from scanner.core.ports import PortSet, Transport

USUAL = {
    21: "ftp", 22: "ssh", 23: "telnet", 25: "smtp", 53: "dns", 80: "http", 110: "pop3", 111: "rpcbind", 135: "msrpc",
    139: "netbios", 143: "imap", 443: "https", 445: "smb", 993: "imaps", 995: "pop3s", 1723: "pptp", 3306: "mysql",
    3389: "rdp", 5900: "vnc", 8080: "http",
}  # fmt: skip
"""The twenty TCP ports that are open most often (https://nmap.org/book/port-scanning.html#most-popular-ports)."""


def left_out(ports: PortSet) -> str:
    """Return which of them a set leaves out, and how to add them; empty where it has them all."""
    missing = list(_missing(ports))
    if not missing:
        return ""
    named = ", ".join(f"{port} ({USUAL[port]})" for port in missing)
    return f"the catalogue's ports leave out {named}; add them with -p catalogue,{','.join(map(str, missing))}"


def _missing(ports: PortSet) -> Iterator[int]:
    return (port for port in USUAL if (Transport.TCP, port) not in ports)
