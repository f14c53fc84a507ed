import pytest

from tests.support.checks import wrong_examples

SETTINGS = "port=8200\nmedia_dir={dir}\nnetwork_interface=lo\ndb_dir={dir}/db\nlog_dir={dir}\n"


def test_the_examples_are_judged_as_written():
    assert wrong_examples("files/minidlna") == []


@pytest.mark.root
@pytest.mark.fleet("minidlna", "open")
def test_a_library_is_exposed(server, cable):
    argv = ["minidlnad", "-d", "-f", "{dir}/minidlna.conf", "-P", "{dir}/pid"]
    files = {"minidlna.conf": SETTINGS}
    server(argv, package="minidlna", prefix=cable.prefix, files=files, ready=lambda _: cable.accepts(8200))
    seen = cable.see(8200, "minidlna")
    assert (seen["status"], seen["rules"]) == ("exposed", ["minidlna-open"])
