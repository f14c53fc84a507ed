import datetime
import hashlib
import hmac
import urllib.error
import urllib.request

import pytest

from tests.fleet.plugin import digest_tree
from tests.fleet.server import ROOT

# MinIO takes its port of 127.0.0.1 too, the same in each worker.
pytestmark = pytest.mark.xdist_group("minio")

S3RVER = str(ROOT / ".fleet/npm/s3rver/node_modules/.bin/s3rver")
KEY, SECRET = "fleet-user", "fleet-password"
POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["*"]},'
    '"Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::shop"]}]}'
)


def put(running, path: str, body: bytes = b"", query: str = "") -> None:
    """PUT with a version 4 signature, as docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html says."""
    now = datetime.datetime.now(datetime.UTC)
    stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    digest = hashlib.sha256(body).hexdigest()
    host = f"{running.address}:9000"
    named = f"host:{host}\nx-amz-content-sha256:{digest}\nx-amz-date:{stamp}\n"
    signed = "host;x-amz-content-sha256;x-amz-date"
    canonical = f"PUT\n{path}\n{query}\n{named}\n{signed}\n{digest}"
    scope = f"{day}/us-east-1/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{SECRET}".encode()
    for part in (day, "us-east-1", "s3", "aws4_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    headers = {
        "x-amz-date": stamp,
        "x-amz-content-sha256": digest,
        "Authorization": f"AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders={signed}, Signature={key.hex()}",
    }
    url = f"http://{host}{path}" + (f"?{query}" if query else "")
    urllib.request.urlopen(urllib.request.Request(url, data=body, headers=headers, method="PUT"), timeout=10).close()


def minio(server, **more: str):
    env = {"MINIO_ROOT_USER": KEY, "MINIO_ROOT_PASSWORD": SECRET, **more}
    argv = ["minio", "server", "{dir}/data", "--address", "{address}:9000", "--console-address", "{address}:9001"]
    return server(argv, [9000], package="github.com/minio/minio", env=env, ready=serving)


def serving(running) -> bool:
    """Tell whether the store takes requests: it answers 503 while it starts."""
    try:
        urllib.request.urlopen(f"http://{running.address}:9000/minio/health/cluster", timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()
        return False
    return True


NAMELESS = {"proxied": "its Server header names it, and nginx sends its own: one S3 store of many is left"}


@pytest.mark.fleet("minio", "open", unlike=NAMELESS)
def test_public_metrics_and_a_public_bucket_are_exposed_and_unchanged(server, see, unchanged):
    running = minio(server, MINIO_PROMETHEUS_AUTH_TYPE="public")
    put(running, "/shop")
    put(running, "/shop/invoice.pdf", b"content")
    put(running, "/shop", POLICY.encode(), "policy=")
    stored = running.directory / "data" / "shop"
    with unchanged(lambda: digest_tree(stored)):
        verdict = see(running, "minio", golden="open")
    assert verdict.status == "exposed"
    assert set(verdict.rules) == {"minio-public-bucket", "minio-public-metrics"}
    assert verdict.row.evidence["public_buckets"] == ["shop"]
    assert see(running).service == "minio"


@pytest.mark.fleet("minio", "protected", unlike=NAMELESS)
def test_a_plain_install_is_protected(server, see):
    running = minio(server)
    put(running, "/shop")
    verdict = see(running, "minio", golden="protected")
    assert (verdict.status, verdict.rules) == ("protected", [])


@pytest.mark.fleet("s3-listing", "look-alike")
def test_minio_is_left_to_its_own_probe(server, see):
    assert see(minio(server), "s3-listing").status == "protected"


@pytest.mark.fleet("s3-listing", "open")
def test_a_store_that_lists_its_buckets_is_exposed_and_unchanged(server, see, unchanged):
    running = server(
        [S3RVER, "-d", "{dir}/data", "-a", "{address}", "-p", "4568", "--configure-bucket", "shop"], [4568],
        package="s3rver", files={"data/.keep": ""},
    )  # fmt: skip
    with unchanged(lambda: digest_tree(running.directory / "data")):
        verdict = see(running, "s3-listing", golden="open")
    assert (verdict.status, verdict.rules) == ("exposed", ["s3-anonymous-listing"])
    assert verdict.row.evidence["names"] == ["shop"]
    assert see(running).service == "s3-listing"
