import pytest

from scanner.lint.knowledge import known_images
from tests.fleet.foretold import TITLE, WITHOUT, Foretold, hold, section
from tests.fleet.server import ROOT, Server


@pytest.fixture
def server(tmp_path):
    return Server(["redis-server", "--bind", "{address}", "--requirepass", "x"], (6379,), directory=tmp_path)


def test_the_words_that_a_server_was_started_with_are_judged(server):
    assert hold(server, "redis", "redis:7", "protected") == Foretold("redis", "redis:7", "closed", "protected")
    with pytest.raises(AssertionError, match="lint says closed"):
        hold(server, "redis", "redis:7", "exposed")


def test_a_file_of_the_servers_own_folder_is_judged_by_itself(server):
    (server.directory / "redis.conf").write_text(f"bind {server.address}\nprotected-mode no\n")
    assert hold(server, "redis", "redis.conf", "exposed").said == "open"


def test_an_image_of_another_service_is_a_mistake(server):
    with pytest.raises(AssertionError, match="is not known as redis"):
        hold(server, "redis", "memcached:1.6", "exposed")


def test_rows_of_services_that_took_no_part_stay_and_the_others_have_their_page():
    first = section("# Accuracy\n", [Foretold("redis", "redis:7", "open", "exposed")])
    both = section(first, [Foretold("nats", "nats:2", "closed", "protected")])
    assert "| redis | `redis:7` | open | exposed |" in both
    assert "| nats | `nats:2` | closed | protected |" in both
    again = section(both, [Foretold("redis", "redis:8", "open", "exposed")])
    assert "redis:7" not in again
    assert again.count(TITLE) == 1
    assert f"/_/mongo) | {WITHOUT['mongodb']} |" in again
    assert "[redis](" not in again


def test_every_service_that_is_known_has_been_held_or_says_why_not():
    known = {known.probe.id for known in known_images()}
    page = (ROOT / "docs/accuracy.md").read_text("utf-8")
    held = {line.split("|")[1].strip() for line in page.partition(TITLE)[2].splitlines() if line.count("|") == 5}
    assert WITHOUT.keys() <= known
    assert sorted(known - held - WITHOUT.keys()) == []
    assert sorted(held & WITHOUT.keys()) == []
