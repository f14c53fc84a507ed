"""The files that a process runs code from, by the kernel's quick question where it knows it, else from the text.

A program has a hundred mappings, of which a dozen are code of files. PROCMAP_QUERY (Linux 6.11, an ioctl of
/proc/PID/maps, include/uapi/linux/fs.h) names those alone, and costs a third of what the text costs.
"""

import array
import errno
import os
import struct
from collections.abc import Iterator

_TEMPORARY = (b"/tmp/", b"/var/tmp/", b"/dev/shm/")
_TEXT_BYTES = 1 << 22
_NAME_BYTES = 4_096
_MOST = 65_536
# struct procmap_query: size, flags, address, start, end, flags of the mapping, page size, offset, inode, device (two),
# sizes of name and build id, addresses of both.
_QUERY = struct.Struct("=9Q4I2Q")
_END = struct.Struct("=Q")
_END_OFFSET = 32
# _IOWR('f', 17, struct procmap_query); this mapping or the next one, of a file, executable.
_PROCMAP_QUERY = 3 << 30 | _QUERY.size << 16 | ord("f") << 8 | 17
_EXECUTABLE_OF_A_FILE = 0x10 | 0x20 | 0x04
_NO_SUCH_QUESTION = frozenset({errno.ENOTTY, errno.EINVAL, errno.ENOSYS})


def temporary_libraries(place: str) -> tuple[str, ...]:
    """Return the files in temporary folders that a process runs code from; `place` is its folder in /proc."""
    try:
        descriptor = os.open(f"{place}/maps", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ()
    try:
        found = dict.fromkeys(name for name in _executable_files(descriptor) if name.startswith(_TEMPORARY))
    except OSError:
        return ()
    finally:
        os.close(descriptor)
    return tuple(name.decode("utf-8", "backslashreplace") for name in found)


def _executable_files(descriptor: int) -> Iterator[bytes]:
    try:
        yield from _asked(descriptor)
    except OSError as error:
        if error.errno not in _NO_SUCH_QUESTION:
            raise
        yield from parse_maps(_text(descriptor))


def _asked(descriptor: int) -> Iterator[bytes]:
    import fcntl

    name = array.array("B", bytes(_NAME_BYTES))
    place, _ = name.buffer_info()
    query, address = bytearray(_QUERY.size), 0
    for _ in range(_MOST):
        _QUERY.pack_into(
            query, 0, _QUERY.size, _EXECUTABLE_OF_A_FILE, address, 0, 0, 0, 0, 0, 0, 0, 0, _NAME_BYTES, 0, place, 0
        )
        try:
            fcntl.ioctl(descriptor, _PROCMAP_QUERY, query)
        except FileNotFoundError:
            return
        (address,) = _END.unpack_from(query, _END_OFFSET)
        yield name[: name.index(0)].tobytes()


def _text(descriptor: int) -> bytes:
    parts: list[bytes] = []
    left = _TEXT_BYTES
    while left > 0 and (part := os.read(descriptor, min(left, 16_384))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def parse_maps(text: bytes) -> Iterator[bytes]:
    """Yield the files of executable mappings that /proc/PID/maps names (proc(5))."""
    for line in text.split(b"\n"):
        fields = line.split(None, 5)
        if len(fields) == 6 and b"x" in fields[1] and fields[5].startswith(b"/"):
            yield fields[5]
