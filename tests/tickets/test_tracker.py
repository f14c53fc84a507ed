from dataclasses import replace

import pytest

from scanner.core.errors import UsageError
from scanner.tickets.answer import TrackerError
from scanner.tickets.secret import Secret
from scanner.tickets.tracker import basic_credentials, choice, demand_new, demand_secret, find_kind, text, texts
from scanner.tickets.trackers import tracker_names
from tests.tickets.desk import setup

TEXT = 'project = "{}"\n[{}]\n'


@pytest.mark.parametrize("name", tracker_names())
def test_each_tracker_is_found_by_its_name_and_says_what_it_is(name):
    kind = find_kind(name)
    assert kind.name == name
    assert kind.about
    assert set(kind.options.values()) <= {str, int, float, bool, list}


@pytest.mark.parametrize("name", ["", "bugzilla", "os", "..", "github.KIND"])
def test_a_stranger_is_told_whom_there_is(name):
    with pytest.raises(UsageError, match="choose one of defectdojo, gitea, github"):
        find_kind(name)


@pytest.fixture
def config(tmp_path):
    text = 'project = "SEC"\n[jira]\nedition = "datacenter"\nsettle_s = 3\ndeclined_resolutions = ["No"]\n'
    return setup(tmp_path, "jira", text).config


def test_options_are_read_with_their_defaults(config):
    assert text(config, "edition") == "datacenter"
    assert text(config, "close_status", "Done") == "Done"
    assert texts(config, "declined_resolutions", ("Yes",)) == ("No",)
    assert texts(config, "other", ("Yes",)) == ("Yes",)
    assert choice(config, "jira", "edition", "cloud", ("cloud", "datacenter")) == "datacenter"
    assert choice(config, "jira", "auth", "basic", ("basic", "bearer")) == "basic"


def test_a_choice_that_is_none_is_named_with_its_line(config):
    with pytest.raises(UsageError, match="'edition' must be one of cloud, server") as caught:
        choice(config, "jira", "edition", "cloud", ("server", "cloud"))
    assert caught.value.line == 4


def test_a_secret_is_demanded_and_never_shown(config):
    assert demand_secret(config, Secret("s3cret")) == "s3cret"
    with pytest.raises(UsageError, match="set secret_env or secret_file"):
        demand_secret(config, Secret(""))
    assert "s3cret" not in repr(Secret("s3cret"))


def test_a_page_that_was_read_before_ends_the_run():
    seen = set()
    demand_new("a", seen)
    demand_new("b", seen)
    with pytest.raises(TrackerError, match="leads in a circle") as caught:
        demand_new("a", seen)
    assert str(caught.value).isprintable()


def test_a_user_and_a_secret_are_one_header(config):
    assert basic_credentials(replace(config, user="ann"), Secret("pä:ss"), "who") == "Basic YW5uOnDDpDpzcw=="


def test_without_a_user_it_is_said_who_is_meant(config):
    with pytest.raises(UsageError, match=r"'user' is missing in .credentials.: the login name"):
        basic_credentials(replace(config, user=""), Secret("x"), "the login name")
