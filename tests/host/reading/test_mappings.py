"""What a process runs code from, as the kernel answers and as the text says."""

import errno
import fcntl
import mmap
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.host.reading import mappings
from scanner.host.reading.mappings import parse_maps, temporary_libraries

TEXT = (
    b"1-2 r-xp 0 0:0 5 /tmp/l x.so\n3-4 r--p 0 0:0 6 /tmp/m.so\n5-6 r-xp 0 0:0 0 [vdso]\n7-8 r-xp 0 0:0 0 \n"
    b"9-a rwxs 0 0:0 7 /dev/shm/n (deleted)\n"
)


def test_the_text_names_the_files_of_executable_mappings():
    assert list(parse_maps(TEXT)) == [b"/tmp/l x.so", b"/dev/shm/n (deleted)"]


@given(st.binary(max_size=200))
def test_no_text_makes_it_fail(text):
    assert all(name.startswith(b"/") for name in parse_maps(text))


def test_a_proc_of_files_is_read_as_text(tmp_path):
    (tmp_path / "maps").write_bytes(TEXT)
    assert temporary_libraries(str(tmp_path)) == ("/tmp/l x.so", "/dev/shm/n (deleted)")


def test_a_process_that_is_gone_has_none(tmp_path):
    assert temporary_libraries(str(tmp_path / "50")) == ()


@pytest.fixture
def library():
    """A library of this process that lies in a temporary folder."""
    source = next(line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "libc" in line)
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        path = Path(folder) / "lib a.so"
        shutil.copy(source, path)
        with path.open("rb") as file, mmap.mmap(file.fileno(), 8_192, prot=mmap.PROT_READ | mmap.PROT_EXEC):
            yield path


def test_the_kernel_and_the_text_say_the_same(library, monkeypatch):
    quick = temporary_libraries("/proc/self")
    assert str(library) in quick
    asked = []

    def older(*words):
        asked.append(words)
        raise OSError(errno.ENOTTY, "Inappropriate ioctl for device")

    monkeypatch.setattr(fcntl, "ioctl", older)
    assert temporary_libraries("/proc/self") == quick
    assert asked


def test_one_that_ends_while_it_is_asked_has_none(monkeypatch):
    def gone(*_):
        raise OSError(errno.ESRCH, "No such process")

    monkeypatch.setattr(fcntl, "ioctl", gone)
    assert temporary_libraries("/proc/self") == ()


def test_a_table_that_never_ends_is_left(monkeypatch):
    calls = []
    monkeypatch.setattr(mappings, "_MOST", 10)
    monkeypatch.setattr(fcntl, "ioctl", lambda *words: calls.append(words))
    assert temporary_libraries(f"/proc/{os.getpid()}") == ()
    assert len(calls) == 10
