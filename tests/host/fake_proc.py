"""A /proc of files: what the readers need of it, written by a test."""

from pathlib import Path

BUSY = "cpu  1000 0 0 9000 0 0 0 0 0 0\n"


class FakeProc:
    """Writes processes and socket tables below a folder."""

    def __init__(self, folder: Path, *, uptime: float = 10_000.0) -> None:
        self.folder = folder
        for name in ("self/ns", "net", "sys/kernel"):
            (folder / name).mkdir(parents=True)
        (folder / "uptime").write_text(f"{uptime} 0.0\n")
        (folder / "stat").write_text(BUSY)
        (folder / "loadavg").write_text("0 0 0 1/1 10\n")
        (folder / "sys/kernel/pid_max").write_text("100\n")
        (folder / "self/mountinfo").write_text("")
        (folder / "self/ns/net").symlink_to("net:[1]")
        for table in ("tcp", "tcp6", "udp", "udp6"):
            (folder / "net" / table).write_text("  sl  local_address rem_address   st\n")
        self.process(2, "kthreadd", kernel=True)

    def process(
        self,
        pid,
        name,
        *argv,
        exe=None,
        kernel=False,
        parent=1,
        ticks=0,
        started=100,
        cgroup="/",
        sockets=(),
        environ=b"",
        maps="",
        state="S",
        threads=1,
    ):
        place = self.folder / str(pid)
        for below in ("fd", "ns"):
            (place / below).mkdir(parents=True)
        flags = 0x0020_0000 if kernel else 0
        (place / "stat").write_text(
            f"{pid} ({name}) {state} {parent} 0 0 0 -1 {flags} 0 0 0 0 {ticks} 0 0 0 20 0 {threads} 0 {started} 0 0\n"
        )
        (place / "cmdline").write_bytes(b"".join(word.encode() + b"\0" for word in argv))
        (place / "status").write_text(f"Name:\t{name}\nTgid:\t{pid}\nUid:\t0\t0\t0\t0\n")
        (place / "cgroup").write_text(f"0::{cgroup}\n")
        (place / "environ").write_bytes(environ)
        (place / "maps").write_text(maps)
        (place / "ns/net").symlink_to("net:[1]")
        (place / "ns/mnt").symlink_to("mnt:[1]")
        (place / "root").symlink_to("/nonexistent")
        if exe is not None:
            (place / "exe").symlink_to(exe)
        for number, inode in enumerate(sockets, start=3):
            (place / "fd" / str(number)).symlink_to(f"socket:[{inode}]")
        return self

    def socket(self, local, inode, *, peer="00000000:0000", state="0A", table="tcp"):
        file = self.folder / "net" / table
        with file.open("a") as text:
            text.write(
                f"   0: {local} {peer} {state} 00000000:00000000 00:00000000 00000000     0        0 {inode} 1\n"
            )
        return self
