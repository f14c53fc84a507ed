import pytest

from tests.support.checks import wrong_examples

# Without --rpc-listen-all aria2 takes 127.0.0.1 alone, and its port is the same in each worker.
pytestmark = pytest.mark.xdist_group("aria2")


def test_the_examples_are_judged_as_written():
    assert wrong_examples("files/aria2") == []


def start(server, cable, *options):
    argv = ["aria2c", "--no-conf", "--enable-rpc", "--rpc-listen-all", "--dir={dir}", *options]
    server(argv, package="aria2", prefix=cable.prefix, ready=lambda _: cable.accepts(6800))
    return cable.see(6800, "aria2")


@pytest.mark.root
@pytest.mark.fleet("aria2", "open")
def test_calls_without_a_secret_are_exposed(server, cable):
    seen = start(server, cable)
    assert (seen["status"], seen["rules"]) == ("exposed", ["aria2-no-secret"])


@pytest.mark.root
@pytest.mark.fleet("aria2", "protected")
def test_a_secret_protects(server, cable):
    seen = start(server, cable, "--rpc-secret=x")
    assert (seen["status"], seen["rules"]) == ("protected", [])


GIVEN = {"environment": {"RPC_SECRET": "x"}}


@pytest.mark.parametrize(
    ("options", "golden"),
    [
        pytest.param((), "open", marks=pytest.mark.fleet("aria2", "open", lint="p3terx/aria2-pro", unsure=True)),
        pytest.param(
            ("--rpc-secret=x",),
            "protected",
            marks=pytest.mark.fleet("aria2", "protected", lint="p3terx/aria2-pro", given=GIVEN),
        ),
    ],
)
def test_what_it_is_asked_stays_the_same(server, see, options, golden):
    argv = ["aria2c", "--no-conf", "--enable-rpc", "--dir={dir}", *options]
    see(server(argv, [6800], package="aria2", address="127.0.0.1"), "aria2", golden=golden)
