"""Configuration files of services, as scanner.config reads them: redis.conf, daemon.json, systemd units and others."""

from scanner.config.door import Door
from scanner.config.kind import ConfigKind, kind_of_file, load_kinds
from scanner.config.setting import Settings
from scanner.core.errors import UsageError
from scanner.core.finding import Anchor
from scanner.core.problem import Problem, ProblemKind
from scanner.lint.doors import read_inside
from scanner.lint.knowledge import access_of
from scanner.lint.prediction import LintReach, Prediction, Read
from scanner.lint.reader import Reader, Source

# sshd opens a door that asks for a login, always.
_OF_OTHERS = frozenset({"sshd", "pg_hba", "pg-hba"})


def _kind(path: str) -> ConfigKind | None:
    kind = kind_of_file(path)
    return None if kind is None or kind.id in _OF_OTHERS else kind


def _fits(path: str, _text: str) -> bool:
    return _kind(path) is not None


def _read(source: Source) -> Read:
    kind = _kind(source.shown) or _kind(str(source.path))
    if kind is None:
        return Read()
    own = kind.read(source.text, source.shown)
    if own.unread and not own.entries:
        # Nothing was heard of it: that is no file without a door.
        unread = own.unread[0]
        raise UsageError(unread.why, file=source.shown, line=unread.anchor.line or None)
    settings = _with_companions(kind, own, source)
    read = Read(problems=[_untold(source, unread.anchor, unread.why) for unread in settings.unread[:20]])
    for door in kind.doors(settings):
        if not door.loopback and door.port:
            read.predictions.append(_prediction(door, kind, source))
    return read


def _with_companions(kind: ConfigKind, settings: Settings, source: Source) -> Settings:
    for name in kind.companions:
        beside = source.path.with_name(name)
        text = read_inside(beside, source.root)
        other = kind_of_file(str(beside))
        if text is not None and other is not None:
            settings = settings.joined(other.read(text, str(beside)))
    return settings


def _prediction(door: Door, kind: ConfigKind, source: Source) -> Prediction:
    lines = [*door.guarded_by, *([door.opened_by] if door.opened_by else [])]
    anchor = lines[0].anchor if lines and lines[0].anchor.line > 0 else Anchor(file=source.shown, line=1)
    return Prediction(
        name=f"{kind.title} ({source.path.name})",
        service=door.service,
        address=door.address,
        port=door.port,
        transport=door.transport,
        reach=LintReach.INTERFACE,
        guard=door.guard,
        why=door.why,
        anchor=anchor,
        instead=door.instead,
        access=access_of(door.service),
    )


def _untold(source: Source, anchor: Anchor, why: str) -> Problem:
    return Problem(ProblemKind.LINT_UNTOLD, f"{source.shown}:{anchor.line}", why)


READER = Reader(
    id="configuration",
    title="Configuration files",
    rank=20,
    fits=_fits,
    names=tuple(name.rpartition("/")[2] for kind in load_kinds() for name in kind.names),
    read=_read,
)
