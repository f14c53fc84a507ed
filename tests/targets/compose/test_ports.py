import pytest

from scanner.targets.compose.ports import short_form


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("6379:6379", '"127.0.0.1:6379:6379"'),
        ("16379:6379", '"127.0.0.1:16379:6379"'),
        ("0.0.0.0:6379:6379", '"127.0.0.1:6379:6379"'),
        ("10.0.0.5:6379:6379", '"127.0.0.1:6379:6379"'),
        ("[::]:6379:6379", '"[::1]:6379:6379"'),
        ("8000-8002:9000-9002", '"127.0.0.1:8000-8002:9000-9002"'),
        ("8000-8002:9000", '"127.0.0.1:8000-8002:9000"'),
        ("53:5353/udp", '"127.0.0.1:53:5353/udp"'),
    ],
)
def test_a_line_can_be_written_so_that_its_host_alone_reaches_it(written, instead):
    published = short_form(written, None)
    assert published.instead == (instead,)
    assert short_form(instead.strip('"'), None).instead == ()


@pytest.mark.parametrize("written", ["127.0.0.1:6379:6379", "127.9.9.9:6379:6379", "[::1]:6379:6379"])
def test_a_line_that_does_so_already_stays(written):
    assert short_form(written, None).instead == ()
