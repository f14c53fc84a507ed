"""The OWASP Top 10 of 2017, 2021 and 2025, and where a weakness belongs in each.

Lists and CWE mappings follow the OWASP/Top10 repository. The primary category is the root cause, which OWASP itself
prefers over the symptom: a service was switched on and made reachable with its protection left off. The categories
that an edition assigns to the CWE follow as secondary ones, so a strict CWE reader finds them too.
"""

from collections.abc import Sequence
from types import MappingProxyType

from scanner.core.finding import Owasp

EDITIONS = (2017, 2021, 2025)

TITLES = MappingProxyType(
    {
        2017: MappingProxyType(
            {
                "A1": "Injection",
                "A2": "Broken Authentication",
                "A3": "Sensitive Data Exposure",
                "A4": "XML External Entities (XXE)",
                "A5": "Broken Access Control",
                "A6": "Security Misconfiguration",
                "A7": "Cross-Site Scripting (XSS)",
                "A8": "Insecure Deserialization",
                "A9": "Using Components with Known Vulnerabilities",
                "A10": "Insufficient Logging & Monitoring",
            }
        ),
        2021: MappingProxyType(
            {
                "A01": "Broken Access Control",
                "A02": "Cryptographic Failures",
                "A03": "Injection",
                "A04": "Insecure Design",
                "A05": "Security Misconfiguration",
                "A06": "Vulnerable and Outdated Components",
                "A07": "Identification and Authentication Failures",
                "A08": "Software and Data Integrity Failures",
                "A09": "Security Logging and Monitoring Failures",
                "A10": "Server-Side Request Forgery (SSRF)",
            }
        ),
        2025: MappingProxyType(
            {
                "A01": "Broken Access Control",
                "A02": "Security Misconfiguration",
                "A03": "Software Supply Chain Failures",
                "A04": "Cryptographic Failures",
                "A05": "Injection",
                "A06": "Insecure Design",
                "A07": "Authentication Failures",
                "A08": "Software or Data Integrity Failures",
                "A09": "Security Logging & Alerting Failures",
                "A10": "Mishandling of Exceptional Conditions",
            }
        ),
    }
)

# CWE -> its category in 2017, 2021 and 2025; None where the edition maps it nowhere. The 2017 edition names only a
# few CWEs itself; the others stand where its text describes them.
CWE_CATEGORIES: MappingProxyType[int, tuple[str | None, str | None, str | None]] = MappingProxyType(
    {
        16: ("A6", "A05", "A02"),
        200: ("A5", "A01", "A01"),
        215: ("A6", None, "A10"),
        258: ("A2", None, "A07"),
        276: ("A5", "A01", "A01"),
        284: ("A5", "A01", "A01"),
        287: ("A2", "A07", "A07"),
        306: ("A2", "A07", "A07"),
        319: ("A3", "A02", "A04"),
        406: (None, None, None),
        441: (None, "A01", "A01"),
        489: ("A6", None, "A02"),
        497: ("A5", "A01", "A01"),
        521: ("A2", "A07", "A07"),
        526: ("A6", "A05", "A02"),
        527: (None, None, None),
        538: ("A5", "A01", "A01"),
        548: ("A6", "A01", "A01"),
        552: ("A5", "A01", "A01"),
        668: ("A5", "A01", "A01"),
        732: ("A5", None, "A01"),
        749: ("A5", None, "A01"),
        798: ("A2", "A07", "A07"),
        862: ("A5", "A01", "A01"),
        918: (None, "A10", "A01"),
        1188: (None, None, None),
        1327: (None, None, None),
        1391: ("A2", None, "A07"),
        1392: ("A2", None, "A07"),
        1393: ("A2", None, "A07"),
    }
)

_MISCONFIGURATION = ("A6", "A05", "A02")
_CLEAR_TEXT = ("A3", "A02", "A04")
_AUTHENTICATION = ("A2", "A07", "A07")
_DEFAULT_CREDENTIALS = frozenset({258, 521, 798, 1391, 1392, 1393})


def categories(cwe: Sequence[int], *, clear_text: bool = False) -> Owasp:
    """Return the categories of a weakness, primary first; `cwe` holds the precise weakness first."""
    first, *others = _root_causes(cwe, clear_text)
    columns = [
        _unique([first[edition], *(cause[edition] for cause in others), *(_mapped(number, edition) for number in cwe)])
        for edition in range(len(EDITIONS))
    ]
    return Owasp(y2017=columns[0], y2021=columns[1], y2025=columns[2])


def title(edition: int, code: str) -> str:
    """Return a category's name; raises KeyError for an unknown edition or code."""
    return TITLES[edition][code]


def _root_causes(cwe: Sequence[int], clear_text: bool) -> list[tuple[str, str, str]]:
    if clear_text:
        return [_CLEAR_TEXT]
    if cwe and cwe[0] in _DEFAULT_CREDENTIALS:
        return [_AUTHENTICATION, _MISCONFIGURATION]
    return [_MISCONFIGURATION]


def _mapped(number: int, edition: int) -> str | None:
    return CWE_CATEGORIES.get(number, (None, None, None))[edition]


def _unique(codes: Sequence[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for code in codes if code))
