"""What `exposure host` prints, for people and for programs."""

import json

from scanner.core.ports import Transport
from scanner.host.view import Audience, Door, HostView


def as_table(view: HostView) -> str:
    """Return the table for a terminal, the widest doors first."""
    from tabulate import tabulate

    rows = [
        (
            door.audience.value,
            f"{door.listener.address}:{door.listener.port}/{door.listener.transport.value}",
            f"{door.process.name} ({door.process.pid})" if door.process else "not visible",
            door.user,
            ", ".join(door.services[:4]),
        )
        for door in view.doors
    ]
    headers = ("reached from", "listens on", "process", "user", "default port of")
    lines = [tabulate(rows, headers=headers, maxcolwidths=[None, None, 30, None, 40]) if rows else "Nothing listens."]
    if not view.all_owners_seen:
        lines += ["", "Some processes are not visible to this user; run it as root to see all of them."]
    wide = sum(door.audience is not Audience.THIS_MACHINE and bool(door.services) for door in view.doors)
    if wide:
        lines += ["", f"{wide} default ports of known services are reachable from outside: `exposure scan @local`."]
    lines += ["", *(f"!! possible break-in: {sign.id}: {sign.detail}" for sign in view.signs)]
    if not view.signs:
        lines.append("No sign of a break-in in processes, cron or the library preload list.")
    return "\n".join(lines)


def as_text(view: HostView) -> str:
    """Return the JSON text."""
    document = {
        "listeners": [_door(door) for door in view.doors],
        "compromise": [{"indicator": sign.id, "detail": sign.detail} for sign in view.signs],
        "all_owners_seen": view.all_owners_seen,
    }
    return json.dumps(document, indent=2)


def _door(door: Door) -> dict[str, object]:
    process = door.process
    return {
        "address": str(door.listener.address),
        "port": door.listener.port,
        "transport": Transport(door.listener.transport).value,
        "reached_from": door.audience.value,
        "user": door.user,
        "process": {"pid": process.pid, "name": process.name, "command": process.command} if process else None,
        "default_port_of": list(door.services),
    }
