"""Makes the engine of a plan: the one module that knows how each engine is made."""

from collections.abc import Mapping

from scanner.core.engine_name import EngineName
from scanner.sweep.engine import Engine


def make_engine(name: EngineName, questions: Mapping[int, bytes]) -> Engine:
    """Return the engine of that name; `questions` are what UDP ports are asked, by port.

    Each leaves to connect what only connect can do.
    """
    from scanner.sweep.connect.engine import ConnectEngine

    connect = ConnectEngine(questions)
    if name == EngineName.SYN:
        from scanner.sweep.syn.engine import SynEngine

        return SynEngine(connect)
    if name == EngineName.NMAP:
        from scanner.sweep.nmap import NmapEngine

        return NmapEngine(connect)
    return connect
