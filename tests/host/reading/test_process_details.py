"""What is read of one process, on a /proc of files."""

import pytest

from scanner.host.reading import procfs
from scanner.host.reading.mounts import Mounts
from scanner.host.reading.process_details import read_details
from scanner.host.snapshot import Process
from tests.host.fake_proc import FakeProc

MAPS = "1-2 r-xp 0 0:0 5 /tmp/l.so\n3-4 r--p 0 0:0 6 /tmp/m.so\n"


@pytest.fixture
def proc(tmp_path):
    return FakeProc(tmp_path / "proc")


def one(fake, mounts=None):
    proc = str(fake.folder)
    return Process(**read_details(proc, 50, procfs.stat(f"{proc}/50"), mounts or Mounts()))


def test_a_process_is_read_with_what_it_shows(proc):
    proc.process(50, "x (y)", "x", "-a", exe="/opt/x", parent=7, cgroup="/a.service", sockets=(9, 8),
                 environ=b"A=1\0LD_PRELOAD=/tmp/x.so\0", maps=MAPS)  # fmt: skip
    found = one(proc)
    assert (found.name, found.argv, found.executable, found.parent) == ("x (y)", ("x", "-a"), "/opt/x", 7)
    assert (found.preload, found.libraries, found.cgroup) == ("/tmp/x.so", ("/tmp/l.so",), "/a.service")
    assert (found.sockets, found.sockets_seen, found.network) == ({8, 9}, True, 1)
    assert not any((found.deleted, found.replaced, found.kernel, found.covered, found.fuse))


def test_an_executable_on_a_fuse_mount_names_the_mount(proc):
    proc.process(50, "x", "x", exe="/tmp/.mount_App/usr/bin/app")
    assert one(proc, Mounts(fuse=("/tmp/.mount_App",))).fuse == "/tmp/.mount_App"


def test_a_kernel_thread_has_nothing_to_show(proc):
    proc.process(50, "kworker/0:1", kernel=True, exe="/tmp/x", cgroup="/x")
    assert (one(proc).executable, one(proc).cgroup, one(proc).kernel) == (None, "", True)


@pytest.mark.parametrize(
    ("exe", "path", "deleted", "replaced"),
    [
        ("/opt/x", "/opt/x", False, False),
        ("/opt/x (deleted)", "/opt/x", True, False),
        ("/opt/there (deleted)", "/opt/there", True, True),
        ("/opt/x (deleted) (deleted)", "/opt/x (deleted)", True, False),
        (None, None, False, False),
    ],
)
def test_an_executable_that_was_deleted_is_told_from_one_that_was_replaced(
    proc, tmp_path, exe, path, deleted, replaced
):
    (tmp_path / "seen/opt").mkdir(parents=True)
    (tmp_path / "seen/opt/there").touch()
    proc.process(50, "x", "x", exe=exe)
    (proc.folder / "50/root").unlink()
    (proc.folder / "50/root").symlink_to(tmp_path / "seen")
    found = one(proc)
    assert (found.executable, found.deleted, found.replaced) == (path, deleted, replaced)


@pytest.mark.parametrize(
    ("lines", "cgroup"),
    [
        ("0::/u.service\n", "/u.service"),
        ("1:name=systemd:/s.service\n0::/\n", "/s.service"),
        ("4:memory:/docker/abc\n0::/\n", "/docker/abc"),
        ("0::/a:b.service\n", "/a:b.service"),
        ("0::/\n", ""),
        ("nonsense\n", ""),
    ],
)
def test_the_control_group_is_the_most_precise_one(proc, lines, cgroup):
    proc.process(50, "x", "x")
    (proc.folder / "50/cgroup").write_text(lines)
    assert one(proc).cgroup == cgroup
