"""Makes the engine of a plan: the one module that knows how each engine is made."""

from collections.abc import Mapping

from scanner.sweep.engine import Engine


def make_engine(name: str, questions: Mapping[int, bytes]) -> Engine:
    """Return the engine `connect`, `syn` or `nmap`; `questions` are what UDP ports are asked, by port.

    Each leaves to connect what only connect can do.
    """
    from scanner.sweep.connect.engine import ConnectEngine

    connect = ConnectEngine(questions)
    if name == "syn":
        from scanner.sweep.syn.engine import SynEngine

        return SynEngine(connect)
    if name == "nmap":
        from scanner.sweep.nmap import NmapEngine

        return NmapEngine(connect)
    return connect
