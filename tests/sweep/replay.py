"""A netlink socket that plays recorded answers."""

import struct

from scanner.sweep.netlink import Netlink


class _Socket:
    def __init__(self, answers):
        self._answers = list(answers)

    def send(self, _data):
        pass

    def recv(self, _size):
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self):
        pass


def replay(*answers: bytes | Exception) -> Netlink:
    """Answer questions in the order of the recording, whose first serial number the first question gets."""
    netlink = object.__new__(Netlink)
    first = next((struct.unpack_from("I", one, 8)[0] for one in answers if isinstance(one, bytes)), 1)
    netlink._serial = first - 1
    netlink._socket = _Socket(answers)
    return netlink
