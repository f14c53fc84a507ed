"""Ports that turn everybody away: without a client certificate, or by a login in front of every page."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.probe import Probe
from scanner.core.talk import HttpAnswer
from scanner.net.http import Request
from scanner.wire.reading import denied


def named_by_its_port(probe: Probe) -> Facts:
    """Return what there is to say of a product that is known by its port and its demand alone."""
    return Facts(
        access=Access.REFUSED,
        product=probe.title,
        note="named by its port: it refuses anybody without a client certificate",
        proof=(Exchange("TLS handshake", "the server demands a client certificate"),),
    )


def turns_all_away(answers: Mapping[Request, HttpAnswer], icon: str) -> bool:
    """Tell whether each page was refused, but for what anybody is shown: the page for signing in, and an icon."""
    shown = {_path_of(answer.header("location")) for answer in answers.values() if denied(answer)} | {icon}
    return all(denied(answer) for request, answer in answers.items() if request.path not in shown)


def _path_of(location: str) -> str:
    try:
        return urlsplit(location).path
    except ValueError:
        return ""
