"""One option of the command line: everything that is known of it, beside the field that holds its value.

A command's options are a frozen dataclass, and each field is made by `option` or `argument`. The parser, the help, the
man page and docs/cli.md are all read from these fields (`options_of`), so that none can know an option that another
does not. As typed, an option is text; `read` turns the text into the field's value, and this happens in one place.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, field, fields
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from scanner.core.jsontext import Json

T = TypeVar("T")
_KEY = "option"


class Group(Enum):
    """The headings of a command's help, in the order in which they are shown."""

    ARGUMENTS = "Arguments"
    TARGETS = "Targets"
    PORTS = "Ports and services"
    SWEEP = "Sweep"
    RUN = "Run"
    CLUSTER = "Cluster"
    REPORT = "Report"
    VERDICT = "Exit code"
    TICKETS = "Tickets"
    TERMINAL = "Terminal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One entry of the table of options; without flags it is a positional argument."""

    name: str
    """The field that holds the value."""
    flags: tuple[str, ...]
    """As typed, the short one first; `negated` switches off what a switch is on by default."""
    negated: str
    metavar: str
    """What the value is called in help; empty for a switch, which takes none."""
    help: str
    """One sentence."""
    example: str
    """The words that are added to a command line that works without them."""
    group: Group
    since: str
    """The first version that has it."""
    recorded: "Callable[[Any], Json] | None"
    """How the value is written to `run.options` of the report; None when it is not."""
    read: Callable[[str], object]
    """Turns one word as typed into a value; raises ValueError, or UsageError when the message needs no frame."""
    choices: Callable[[], Sequence[str]] | None
    """What can be typed, for completion."""
    many: bool
    """Whether it can be given again and again; its value is a tuple."""
    required: bool
    default: object

    @property
    def switch(self) -> bool:
        """Whether it takes no value."""
        return bool(self.flags) and not self.metavar

    @property
    def long(self) -> str:
        """The name in messages: the long flag, or the metavar of an argument."""
        return self.flags[-1] if self.flags else self.metavar

    @property
    def usage(self) -> str:
        """The first column of help: `-p, --ports SPEC`."""
        names = ", ".join(self.flags) + (f" / {self.negated}" if self.negated else "")
        return f"{names} {self.metavar}".strip()

    @property
    def shown_default(self) -> str:
        """The default in words; empty where there is none to tell."""
        told = isinstance(self.default, str | int) and not isinstance(self.default, bool) and self.default != ""
        return str(self.default) if told else ""


def as_number(value: float | None) -> "Json":
    """Return a number as JSON can hold it: there is no infinity there, and null says that nobody named one."""
    return "inf" if value == math.inf else value


def as_is(value: "Json") -> "Json":
    """Record a value as it stands."""
    return value


def as_texts(values: Sequence[object]) -> "Json":
    """Record several values as their texts."""
    return [str(value) for value in values]


def as_text(value: object) -> "Json":
    """Record a value as its text, None as null."""
    return None if value is None else str(value)


def option(  # one parameter for each column of the table
    default: T,
    flags: str,
    help: str,
    *,
    group: Group,
    example: str,
    metavar: str = "",
    read: Callable[[str], object] = str,
    choices: Callable[[], Sequence[str]] | None = None,
    recorded: "Callable[[Any], Json] | None" = None,
    since: str = "0.1.0",
    many: bool | None = None,
) -> T:
    """Make a field that is an option; `flags` as in "-p, --ports" or "--names/--no-names"."""
    positive, _, negated = flags.partition("/")
    held: T = _field(
        default,
        flags=tuple(flag.strip() for flag in positive.split(",")),
        negated=negated.strip(),
        metavar=metavar,
        help=help,
        example=example,
        group=group,
        since=since,
        recorded=recorded,
        read=read,
        choices=choices,
        many=many,
    )
    return held


def required_option(flags: str, help: str, *, metavar: str, many: bool = False, **more: Any) -> Any:
    """Make a field that is an option which has to be given, perhaps again and again."""
    return option(cast("Any", MISSING), flags, help, metavar=metavar, many=many or None, **more)


def argument(
    metavar: str,
    help: str,
    *,
    default: Any = MISSING,
    read: Callable[[str], object] = str,
    choices: Callable[[], Sequence[str]] | None = None,
    recorded: "Callable[[Any], Json] | None" = None,
    many: bool = False,
    since: str = "0.1.0",
) -> Any:
    """Make a field that is a positional argument; required unless it has a default."""
    return _field(
        default,
        flags=(),
        negated="",
        metavar=metavar,
        help=help,
        example="",
        group=Group.ARGUMENTS,
        since=since,
        recorded=recorded,
        read=read,
        choices=choices,
        many=many or isinstance(default, tuple),
    )


def _field(default: Any, *, many: bool | None = None, **columns: Any) -> Any:
    entry = {
        "many": isinstance(default, tuple) if many is None else many,
        "required": default is MISSING,
        "default": None if default is MISSING else default,
        **columns,
    }
    if default is MISSING:
        return field(metadata={_KEY: entry})
    return field(default=default, metadata={_KEY: entry})


def options_of(holder: Any) -> tuple[Option, ...]:
    """Return the options of a command's dataclass, by group, in the order in which they were written."""
    found = [Option(name=one.name, **one.metadata[_KEY]) for one in fields(holder)]
    places = list(Group)
    return tuple(sorted(found, key=lambda one: places.index(one.group)))
