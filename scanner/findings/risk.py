"""How bad a proven access is: a CVSS v4.0 base vector from two facts, and the severity from its score.

The vector follows from how far a stranger got and from what the service controls (first.org/cvss/v4.0, sections 2
and 6). Reach and indicators of compromise never enter here: findings.priority weighs those.
"""

from functools import lru_cache

from scanner.core.facts import Access
from scanner.core.finding import Cvss, Severity
from scanner.core.rule import Controls

_STRANGER = "AV:N/AC:L/AT:N/PR:N/UI:N"
# Somebody has to sit on the path and wait for a login: all that a service gives away which refused us.
_LISTENER = "AV:N/AC:L/AT:P/PR:N/UI:P"

_EVERYTHING_AND_BEYOND = "VC:H/VI:H/VA:H/SC:H/SI:H/SA:H"
_EVERYTHING = "VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
_READ_AND_CHANGE = "VC:H/VI:H/VA:N/SC:N/SI:N/SA:N"
_READ_MOSTLY = "VC:H/VI:L/VA:L/SC:N/SI:N/SA:N"
_READ = "VC:H/VI:N/VA:N/SC:N/SI:N/SA:N"
_SOME_OF_EACH = "VC:L/VI:L/VA:L/SC:N/SI:N/SA:N"
_HINTS = "VC:L/VI:N/VA:N/SC:N/SI:N/SA:N"
_OTHERS_HARMED = "VC:N/VI:N/VA:N/SC:L/SI:L/SA:L"
_CREDENTIALS_PASSING_BY = "VC:L/VI:L/VA:N/SC:N/SI:N/SA:N"

_IMPACT = {
    (Access.METADATA, Controls.HOST): _HINTS,
    (Access.METADATA, Controls.FLEET): _HINTS,
    (Access.METADATA, Controls.DATA): _HINTS,
    (Access.METADATA, Controls.CONFIG): _HINTS,
    (Access.METADATA, Controls.TELEMETRY): _HINTS,
    (Access.METADATA, Controls.RELAY): _OTHERS_HARMED,
    (Access.METADATA, Controls.DEVICE): _HINTS,
    (Access.DATA, Controls.HOST): _READ_MOSTLY,
    (Access.DATA, Controls.FLEET): _READ_MOSTLY,
    (Access.DATA, Controls.DATA): _READ_MOSTLY,
    (Access.DATA, Controls.CONFIG): _READ_MOSTLY,
    (Access.DATA, Controls.TELEMETRY): _HINTS,
    (Access.DATA, Controls.RELAY): _OTHERS_HARMED,
    (Access.DATA, Controls.DEVICE): _READ,
    (Access.CONTROL, Controls.HOST): _EVERYTHING,
    (Access.CONTROL, Controls.FLEET): _EVERYTHING_AND_BEYOND,
    (Access.CONTROL, Controls.DATA): _EVERYTHING,
    (Access.CONTROL, Controls.CONFIG): _READ_AND_CHANGE,
    (Access.CONTROL, Controls.TELEMETRY): _SOME_OF_EACH,
    (Access.CONTROL, Controls.RELAY): _SOME_OF_EACH,
    (Access.CONTROL, Controls.DEVICE): _EVERYTHING,
}


def vector(access: Access, controls: Controls) -> str:
    """Return the CVSS v4.0 base vector of a proven access to what a service controls."""
    if access <= Access.REFUSED:
        return f"CVSS:4.0/{_LISTENER}/{_CREDENTIALS_PASSING_BY}"
    return f"CVSS:4.0/{_STRANGER}/{_IMPACT[access, controls]}"


@lru_cache(maxsize=64)
def score(access: Access, controls: Controls) -> Cvss:
    """Return vector and base score."""
    from cvss import CVSS4

    text = vector(access, controls)
    return Cvss("4.0", text, float(CVSS4(text).base_score))


def severity_of(base_score: float) -> Severity:
    """Return the qualitative rating of a score (CVSS v4.0 specification, section 6)."""
    if base_score >= 9.0:
        return Severity.CRITICAL
    if base_score >= 7.0:
        return Severity.HIGH
    if base_score >= 4.0:
        return Severity.MEDIUM
    return Severity.LOW if base_score > 0 else Severity.INFO
