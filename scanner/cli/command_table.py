"""Every command with its one sentence, in the order of the help: a command's module is imported when it is called."""

from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from scanner.cli.command import Command

ABOUT = "Find network services that answer without a password, prove it read-only, and say how to close them."


class Kind(Enum):
    """The headings of `exposure --help`."""

    SCAN = "Look"
    REPORTS = "Work with reports"
    TIME = "Over time"
    WIDE = "Beyond one machine"
    KNOW = "What it knows"


class Listed(NamedTuple):
    """One command."""

    name: str
    """As typed: `scan`, `tickets plan`."""
    kind: Kind
    about: str
    """One sentence; the exit codes stand in scanner.core.exit_code."""


_SENTENCES: dict[Kind, dict[str, str]] = {
    Kind.SCAN: {
        "scan": "Sweep address ranges for default ports, confirm what is exposed, and tabulate the risks.",
        "demo": "Start stand-ins of an open Docker API, an open Redis and their protected kin on 127.0.0.x, and scan "
        "them.",
        "verify": "Ask one endpoint again and say what became of a finding.",
        "host": "Look at this machine from the inside: signs of a break-in, who listens, and the line that opened it.",
        "lint": "Say which doors Compose files, manifests and configurations open to strangers, before they are "
        "deployed.",
    },
    Kind.REPORTS: {
        "diff": "Compare two JSON reports: new, gone, unchanged, and unknown where the later run did not look again.",
        "merge": "Put the JSON reports of shards and vantage points together, and judge them as one run.",
        "accept": "Accept one finding of a report until a day, with a reason and an owner; or list what is accepted.",
        "tickets check": "Read the configuration and the credentials before a scan takes its time, and send nothing.",
        "tickets plan": "Print what `apply` would do, and send nothing.",
        "tickets apply": "Plan, then create, update, comment, reopen and close; run it again after a stop, "
        "nothing is done twice.",
        "audit": "Check that nothing in an audit log was changed, removed or added, and say what it accounts for.",
    },
    Kind.TIME: {
        "watch": "Scan again and again, keep a history, and tell people what is new, gone or back: each change once.",
        "history add": "Add JSON reports to a history; one that is there already changes nothing.",
        "history runs": "List the runs of a history, the latest first.",
        "history findings": "List findings with since when each is open: what is new since last week, what is oldest, "
        "whose it is.",
        "history show": "Tell the life of one finding: when it came, changed, went, and what each run said of it.",
        "history trend": "Tell how many findings were open at the end of each day, by severity.",
        "history fix-time": "Tell how long findings stay open until they are proven closed, by severity, owner or "
        "rule.",
        "history metrics": "Write counts and ages in the Prometheus text format, without addresses.",
        "history export": "Write every finding with its life as NDJSON.",
        "history prune": "Forget findings that have been gone for long, and sightings that changed nothing.",
        "serve": "Show a history in a browser: what is open, since when, and how fast it gets closed.",
    },
    Kind.WIDE: {
        "worker": "Look on behalf of coordinators (`scan --cluster`), never beyond this worker's own scope.",
    },
    Kind.KNOW: {
        "services": "List what can be confirmed; with an ID, show its ports, the exact bytes sent, its rules and "
        "remedies.",
        "checks new": "Print a new check to standard output, complete and valid, to be edited.",
        "checks lint": "Validate checks and run the examples that they carry.",
        "checks try": "Ask one server what the check asks, and print which expectation held.",
        "schema": "Print the JSON Schema of what is written for programs: a report, a diff, an audit log, ...",
        "completion": "Print what makes a shell complete this command line. "
        "bash: `source <(exposure completion bash)` in ~/.bashrc; zsh: the same in ~/.zshrc; "
        "fish: `exposure completion fish > ~/.config/fish/completions/exposure.fish`.",
    },
}
"""In the order of the help."""

TABLE = tuple(Listed(name, kind, about) for kind, held in _SENTENCES.items() for name, about in held.items())

FAMILIES = {
    "history": "What many runs have found: what is new, since when it is open, how fast it gets closed.",
    "checks": "Make, validate and try a TOML check of your own.",
    "tickets": "One ticket for each finding, closed on proof: plan what a tracker needs, then apply it.",
}
"""Commands that are made of commands."""

EXAMPLES = ("exposure scan 10.0.0.0/24", "exposure demo", "exposure services redis")
"""What the help of the whole command shows."""


def about(name: str) -> str:
    """Return the sentence of a command."""
    return next(one.about for one in TABLE if one.name == name)


def load(name: str) -> "Command[Any]":
    """Import the module of a command or of its family, and return the command."""
    module = import_module(f"scanner.cli.{name.partition(' ')[0]}")
    held = getattr(module, "COMMANDS", None) or (module.COMMAND,)
    found: Command[Any] = next(one for one in held if one.name == name)
    return found


def all_commands() -> "Iterator[Command[Any]]":
    """Yield every command, which imports them all: for the documentation."""
    return (load(one.name) for one in TABLE)
