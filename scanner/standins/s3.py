"""A closed S3-compatible store; its refusal follows docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html."""

from scanner.standins.standin import StandIn
from scanner.standins.web import Page, web

_REFUSAL = Page(
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied.</Message>'
    "<Resource>/</Resource><RequestId>18EABB9CC45816A6</RequestId></Error>",
    403,
    {"Content-Type": "application/xml", "X-Amz-Request-Id": "18EABB9CC45816A6"},
)

STAND_INS = (
    StandIn(
        service="s3-listing",
        case="protected",
        title="an S3-compatible store that lists nothing to strangers",
        port=8333,
        serve=web({}, otherwise=_REFUSAL),
        source="https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html",
    ),
)
