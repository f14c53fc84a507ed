"""What Docker and Podman have in common: how they name another version, what was read, and why no more was."""

import re

from scanner.core.count import counted
from scanner.core.facts import Exchange
from scanner.core.talk import HttpAnswer
from scanner.core.unheard import Unheard
from scanner.wire.engine_api import CONTAINERS, IMAGES, INFO, Inventory
from scanner.wire.reading import undecided_in, unheard_in, unproven

BAD_REQUEST = 400
_SPOKEN = re.compile(rb"(?:Minimum|Maximum) supported API version is (1\.[0-9]{1,3})")


def spoken_version(answer: HttpAnswer | None) -> str:
    """Return the path below which a daemon or a proxy wants to be asked that finds our version too old or too new."""
    found = _SPOKEN.search(answer.body) if answer is not None and answer.status == BAD_REQUEST else None
    return f"/v{found[1].decode()}" if found else ""


def listing_unheard(listing: HttpAnswer | None) -> Unheard | None:
    """Return why an engine's list decides nothing: broken, or about the version of the interface alone."""
    return Unheard.MALFORMED if spoken_version(listing) else undecided_in(listing)


def withheld(listing: HttpAnswer | None) -> str:
    """Return why a daemon that showed its identity showed no more."""
    if listing is None:
        return "it did not answer the control-plane read in time"
    if spoken_version(listing):
        return "it takes requests, and none of the versions of its interface that it names"
    if unheard_in(listing):
        return unproven(listing, "its containers")
    return f"something in front lets its version through and answers {listing.status} to the control plane"


def read_proof(found: Inventory, prefix: str = "") -> list[Exchange]:
    """Return the control-plane reads that were answered, below a prefix, the list of containers last."""
    proof = []
    if found.info:
        proof.append(
            Exchange(f"GET {prefix}{INFO}", f"200, host name {found.info.get('Name')}, root directory and plugins")
        )
    if found.images is not None:
        proof.append(Exchange(f"GET {prefix}{IMAGES}", f"200, {counted(found.images, 'image')}"))
    if found.containers is not None:
        proof.append(Exchange(f"GET {prefix}{CONTAINERS}", f"200, {counted(found.containers, 'container')}"))
    return proof


def numbers(found: Inventory) -> str:
    """Return the numbers of containers and images in words; a list that broke has none."""
    return f"{counted(found.containers, 'container')} and {counted(found.images, 'image')}"
