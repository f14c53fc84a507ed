"""Something that went wrong without ending the run, and whether it leaves something unseen."""

from enum import Enum, StrEnum, auto
from typing import NamedTuple


class Effect(Enum):
    """What a problem means for the claim that everything was looked at."""

    NONE = auto()
    GAP = auto()
    """Something that was to be looked at was not: the run is incomplete."""
    LOST_TARGET = auto()
    """As GAP, and a target that the user named was not looked at at all."""
    UNKNOWN_PORTS = auto()
    """As GAP, and it is not known which ports a Compose file publishes."""
    ADVICE = auto()
    """Nothing went wrong in the run; an entry of the user's own files wants attention."""


class ProblemKind(StrEnum):
    """Every kind of problem, as the JSON report writes it, with its effect."""

    effect: Effect

    def __new__(cls, word: str, effect: Effect = Effect.NONE) -> "ProblemKind":
        """Make a member from its word and its effect."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.effect = effect
        return member

    STAGE_CRASHED = "stage-crashed", Effect.GAP
    PROBE_CRASHED = "probe-crashed", Effect.GAP
    PROBE_OVERSTEPPED = "probe-overstepped", Effect.GAP
    """A probe tried to send what it had not declared; nothing was sent."""
    NAME_NOT_RESOLVED = "name-not-resolved", Effect.LOST_TARGET
    TARGET_SILENT = "target-silent", Effect.GAP
    NOTHING_ANSWERED = "nothing-answered", Effect.GAP
    """Not one planned endpoint gave an answer: an empty network and one that was out of reach look alike."""
    SHARD_MISSING = "shard-missing", Effect.GAP
    CHUNK_UNDONE = "chunk-undone", Effect.GAP
    """No worker of a cluster did a part of the run."""
    WORKER_REFUSED = "worker-refused"
    """A worker did not do a chunk, or a report that one sent can't be used; another one may have done it since."""
    TARGET_SILENT_IN_SHARD = "target-silent-in-shard"
    """In a part of a run only: another part may have heard the target, so the merge decides."""
    NAME_HAS_MANY_ADDRESSES = "name-has-many-addresses", Effect.GAP
    METADATA_ADDRESS_SKIPPED = "metadata-address-skipped"
    LOCAL_INTERFACE_SKIPPED = "local-interface-skipped"
    LOCAL_NO_NETWORK = "local-no-network", Effect.LOST_TARGET
    """@local found no network: there is nothing to look at."""
    LOCAL_ONLY_ITSELF = "local-only-itself", Effect.GAP
    """@local is on a link that names no network (/32), so that only this machine's own address was looked at."""
    EXPECTED_CLOSED = "expected-closed", Effect.GAP
    """An endpoint that had to be open was not: nothing was looked at there."""
    COMPOSE_PART_SKIPPED = "compose-part-skipped", Effect.UNKNOWN_PORTS
    COMPOSE_PORT_SKIPPED = "compose-port-skipped", Effect.UNKNOWN_PORTS
    COMPOSE_PORTS_UNKNOWN = "compose-ports-unknown", Effect.UNKNOWN_PORTS
    COMPOSE_PROFILE_OFF = "compose-profile-off"
    """A service starts only with a profile; its ports are looked at all the same."""
    IMPORT_LEFT_OUT = "import-left-out", Effect.GAP
    """Another scanner's file names endpoints that can't be looked at."""
    IMPORT_UNFINISHED = "import-unfinished", Effect.GAP
    """A file that does not say that its scan came to its end, or one without an open port that heard no host."""
    IMPORT_NOTHING_OPEN = "import-nothing-open"
    """A whole scan found nothing open, so that there is nothing to look at."""
    IMPORT_OTHER_NAMES = "import-other-names"
    """An endpoint is asked under one of several names."""
    LINT_FILE_SKIPPED = "lint-file-skipped", Effect.GAP
    """A file that was to be judged can't be read as what it is."""
    LINT_UNTOLD = "lint-untold"
    """Something that a file leaves to the deployment."""
    LINT_UNKNOWN = "lint-unknown"
    """A door whose guard the file does not tell: a note, never a finding."""
    IGNORE_UNUSED = "ignore-unused", Effect.ADVICE
    IGNORE_WITHOUT_REASON = "ignore-without-reason", Effect.ADVICE
    IGNORE_EXPIRED = "ignore-expired", Effect.ADVICE
    PREDICTION_CONFIRMED = "prediction-confirmed"
    PREDICTION_SURPRISE = "prediction-surprise"
    """A scan found a door exposed that nothing was predicted of."""
    ENGINE_REPLACED = "engine-replaced"
    RESUMED_AFTER_A_DAY = "resumed-after-a-day"
    RUN_NOT_SAVED = "run-not-saved"
    """The file of a run that can be resumed could not be written any more; what was seen is in the report."""
    LOCAL_ERROR = "local-error"
    RATE_LIMITED = "rate-limited"
    ANSWERS_LOST = "answers-lost"
    ANSWERS_REFUSED = "answers-refused"
    NETWORK_LOST = "network-lost", Effect.GAP
    HOST_FELL_SILENT = "host-fell-silent", Effect.GAP
    """A host that was heard accepts nothing any more: its silent ports may be open, and it may have blocked us."""
    ENDPOINT_SET_ASIDE = "endpoint-set-aside", Effect.GAP
    """Asking it ended the process twice, so a resumed run does not ask it again."""
    NETWORK_PAUSED = "network-paused"
    BOOKS_NOT_BALANCED = "books-not-balanced"
    ACCEPTANCE_EXPIRED = "acceptance-expired", Effect.ADVICE
    ACCEPTANCE_UNUSED = "acceptance-unused", Effect.ADVICE
    ACCEPTANCE_OVERRIDDEN = "acceptance-overridden", Effect.ADVICE
    HOST_PART_UNSEEN = "host-part-unseen", Effect.GAP
    """The view from the inside could not see a part of the machine."""
    PREDICTION_WITHDRAWN = "prediction-withdrawn"
    """A configuration or a file to be deployed said open, and the service refused."""
    OTHER = "other"
    """What another version of the product wrote; its own word begins the detail."""

    @property
    def leaves_gap(self) -> bool:
        """Whether something that was to be looked at was not, so that the run is incomplete."""
        return self.effect in {Effect.GAP, Effect.LOST_TARGET, Effect.UNKNOWN_PORTS}

    @property
    def loses_target(self) -> bool:
        """Whether a target that the user named was not looked at at all."""
        return self.effect is Effect.LOST_TARGET

    @property
    def leaves_ports_unknown(self) -> bool:
        """Whether it is not known which ports a Compose file publishes."""
        return self.effect is Effect.UNKNOWN_PORTS

    @property
    def doubts_silence(self) -> bool:
        """Whether a port that stayed silent in such a run may be as open as ever."""
        return self in {ProblemKind.NETWORK_LOST, ProblemKind.HOST_FELL_SILENT, ProblemKind.NOTHING_ANSWERED}

    @property
    def advises(self) -> bool:
        """Whether it speaks of the user's own files and not of the run."""
        return self.effect is Effect.ADVICE


class Problem(NamedTuple):
    """Something that went wrong without ending the run."""

    kind: ProblemKind
    where: str
    detail: str
