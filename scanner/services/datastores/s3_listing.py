"""S3-compatible stores that list buckets or objects to strangers.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.core.jsontext import Json
from scanner.core.mood import Mood, said
from scanner.core.probe import Fingerprint, Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import get
from scanner.core.talk import HttpAnswer, HttpTalk
from scanner.core.unheard import Unheard
from scanner.wire.s3 import Listing, parse_answer

_REFUSALS = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "MissingSecurityHeader", "Unauthorized"}
_PRODUCTS = (("SeaweedFS", "SeaweedFS"), ("AmazonS3", "Amazon S3"), ("Ceph", "Ceph RGW"), ("Garage", "Garage"))


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Facts(Facts):
    """What a store showed."""

    kind: str = ""
    count: int = 0


def product_of(answer: HttpAnswer) -> str:
    """Return the store's product as its Server header tells it."""
    server = answer.header("server")
    return next((product for mark, product in _PRODUCTS if mark in server), "S3-compatible store")


async def ask(talk: HttpTalk) -> S3Facts | None:
    """The service root lists buckets, a bucket's own address its objects; a closed store names its refusal."""
    root = await talk.get("/")
    listing = parse_answer(root.body)
    if listing is None or "MinIO" in root.header("server"):
        return None
    product = product_of(root)
    if listing.kind == "error":
        code = listing.names[0]
        if code not in _REFUSALS or not root.refused or not _is_s3(root):
            return None
        return S3Facts(access=Access.REFUSED, product=product, proof=(Exchange("GET /", f"{root.status}, {code}"),))
    if root.status != 200:
        return None
    if listing.kind == "buckets" and not listing.names:
        return S3Facts(product=product, note="it answers strangers with an empty list: no bucket is theirs to see")
    return _open(product, listing)


def _is_s3(answer: HttpAnswer) -> bool:
    return bool(answer.header("x-amz-request-id")) or answer.has("<RequestId>") or answer.has("<Resource>")


def _open(product: str, listing: Listing) -> S3Facts:
    shown: list[Json] = [*listing.names[:20]]
    return S3Facts(
        access=Access.DATA,
        product=product,
        evidence={listing.kind: len(listing.names), "names": shown, "more": listing.more},
        proof=(Exchange("GET /", f"200, {len(listing.names)} {listing.kind}"),),
        traces={"name": listing.names},
        kind=listing.kind,
        count=len(listing.names),
    )


def _says(facts: S3Facts) -> str | None:
    if facts.access < Access.DATA:
        return None
    return f"The store lists {facts.count} {facts.kind} to anybody."


_PAGES = ("https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",)

MOODS = (
    Mood(
        name="slow-down",
        pages={
            "*": said(
                "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message>"
                "<RequestId>1</RequestId></Error>",
                503,
                x_amz_request_id="1",
                content_type="application/xml",
            )
        },
        nameless=True,
        unheard=Unheard.REFUSED_LATER,
    ),
)

PROBE = Probe(
    id="s3-listing",
    moods=MOODS,
    title="S3-compatible store",
    ports=tcp(8333, 7480, 3900, 4566, 4568, 9000),
    sends=(get("/"),),
    ask_http=ask,
    fingerprints=(
        Fingerprint(body="<ListAllMyBucketsResult"),
        Fingerprint(body="<ListBucketResult"),
        Fingerprint(header=("x-amz-request-id", "")),
    ),
    references=_PAGES,
    rules=(
        Rule(
            id="s3-anonymous-listing",
            title="An object store lists its content to strangers",
            why="Objects can be found and, as a rule, downloaded; where writing is open too, they can be replaced.",
            controls=Controls.DATA,
            holds=_says,
            remedy=(
                "# remove what the bucket policy gives to everybody",
                "aws s3api put-public-access-block --bucket BUCKET --public-access-block-configuration"
                " BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
                "# SeaweedFS: identities with keys",
                "weed server -s3 -s3.config=/etc/seaweedfs/s3.json",
                "# Ceph RGW",
                "s3cmd setacl s3://BUCKET --acl-private --recursive",
            ),
            cwe=(306, 284, 732, 200),
            attack=("T1530",),
            references=_PAGES,
        ),
    ),
)
