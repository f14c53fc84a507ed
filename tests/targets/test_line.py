import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.core.errors import UsageError
from scanner.targets.line import TAGS, Notes, parse_line
from scanner.targets.parse import masked


@pytest.mark.parametrize(
    ("text", "spec", "notes"),
    [
        ("10.0.0.5", "10.0.0.5", Notes()),
        ("10.0.0.5 build-server", "10.0.0.5", Notes("build-server")),
        ("10.0.0.5\tdb.example.com", "10.0.0.5", Notes("db.example.com")),
        ("10.0.0.5 owner=Data platform env=prod", "10.0.0.5", Notes(None, "Data platform", (("env", "prod"),))),
        ('10.0.0.5 "rack 12" owner="a=b"', "10.0.0.5", Notes("rack 12", '"a=b"'.strip('"'))),
        ("10.0.0.5 name=12 x-cost-centre=4711", "10.0.0.5", Notes("12", None, (("x-cost-centre", "4711"),))),
        ("https://host:2376/a=b the daemon", "https://host:2376/a=b", Notes("the daemon")),
        ("[fd00::1]:6379 cache  # 10.0.0.9 is another", "[fd00::1]:6379", Notes("cache")),
        ("fe80::1%eth0 router", "fe80::1%eth0", Notes("router")),
        ("@local office", "@local", Notes("office")),
    ],
)
def test_a_line_is_a_target_a_name_and_notes(text, spec, notes):
    parsed = parse_line(text)
    assert (str(parsed.spec), parsed.notes) == (spec, notes)


@pytest.mark.parametrize("text", ["", "   ", "# 10.0.0.1", "\t# x"])
def test_nothing_and_comments_are_no_target(text):
    assert parse_line(text) is None


# Field cases T01, T03, T06: what nmap, spreadsheets and routers write must never become a name.
SECOND = [
    ("10.0.0.1 10.0.0.2", "10.0.0.2"),
    ("10.0.0.1 fd00::5", "fd00::5"),
    ("10.0.0.1 10.0.0.0/30", "10.0.0.0/30"),
    ("10.0.0.1 10.0.1.0-5", "10.0.1.0-5"),
    ("10.0.0.1 web 10.0.0.2", "10.0.0.2"),
    ("10.0.0.1 10.0.0.*", "10.0.0.*"),
    ("10.0.0.1 @local", "@local"),
    ("10.0.0.1 db1:6379", "db1:6379"),
    ("10.0.0.1 [fd00::1]:80", "[fd00::1]:80"),
    ("10.0.0.1 https://db1/", "https://db1/"),
    ("10.0.0.1 - 10.0.0.9", "range"),
    ("10.0.0.1 \u2013 10.0.0.9", "range"),
    ("10.0.0.1 to 10.0.0.9", "range"),
    ("10.0.0.0 255.255.255.252", "netmask"),
    ("10.0.0.0 0.0.0.255", "netmask"),
    ("10.0.0.8 /30", "prefix"),
    ("10.0.0.1 22", "port"),
    ("10.0.0.1 web 22", "port"),
    ("10.0.0.1 22,80", "port"),
    ("10.0.0.1 1-1024", "port"),
    ("10.0.0.1 6379/tcp", "port"),
    ("10.0.0.1 tcp", "port"),
    ("10.0.0.1 :6379", "port"),
    ("10.0.0.1 , db", "one target a line"),
    ("10.0.0.1 ; office", "comment starts with #"),
    ("10.0.0.1 // office", "comment starts with #"),
]


@pytest.mark.parametrize("exclusion", [False, True])
@pytest.mark.parametrize(("text", "told"), SECOND)
def test_a_second_target_or_a_part_of_one_is_refused_with_what_to_write(text, told, exclusion):
    with pytest.raises(UsageError) as caught:
        parse_line(text, exclusion=exclusion)
    assert told in str(caught.value)


@pytest.mark.parametrize("text", ["10.0.0.1 db2", "10.0.0.1 the printer", "db1 db2.example.com"])
def test_an_exclusion_takes_no_second_word_at_all(text):
    # Field case T04: `A B` in an exclusion file left B unprotected.
    assert parse_line(text) is not None
    with pytest.raises(UsageError, match="line of its own"):
        parse_line(text, exclusion=True)


def test_an_exclusion_may_carry_notes_and_a_comment():
    assert parse_line("10.0.0.1 owner=it  # printer", exclusion=True).notes.owner == "it"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("10.0.0.1 box onwer=it", "owner="),  # NEWCOMER 17
        ("10.0.0.1 OWNER=it", "owner="),
        ("10.0.0.1 colour=red", "x-NAME="),
        ("10.0.0.1 owner=", "no value"),
        ("10.0.0.1 owner= env=prod", "no value"),
        ("10.0.0.1 owner = it", "without blanks"),
        ("10.0.0.1 \u00f6wner=it", "plain letters"),
        ("10.0.0.1 owner=a owner=b", "twice"),
        ("10.0.0.1 web name=db", "twice"),
        ("owner=it 10.0.0.1", "names no target"),
    ],
)
def test_a_note_that_is_not_known_or_says_nothing_is_refused(text, told):
    with pytest.raises(UsageError, match=told):
        parse_line(text)


@given(st.text(max_size=60), st.booleans())
def test_any_text_is_read_or_refused_in_one_line(text, exclusion):
    told = ""
    try:
        parse_line(text, exclusion=exclusion)
    except UsageError as error:
        told = str(error)
    assert "\n" not in told


@given(st.sampled_from(sorted(TAGS)), st.from_regex(r"[a-z][a-z ]{0,20}", fullmatch=True))
def test_every_known_key_is_kept(key, value):
    assert parse_line(f"10.0.0.1 {key}={value}").notes.tags == ((key, value.strip()),)


@pytest.mark.parametrize(
    "text",
    [
        "http://admin:Hunter2@10.0.0.1:9200/",
        "admin:Hunter2@10.0.0.1",
        "http://10.0.0.1:9200/?token=Hunter2",
        "http://a@b:Hunter2@10.0.0.1/",
        "ftp://admin:Hunter2@10.0.0.1#x",
        "10.0.0.1 http://u:Hunter2@10.0.0.2/",
        "10.0.0.1 u:Hunter2@10.0.0.2",
        "http://10.0.0.1/a b?token=Hunter2",
        "[http://u:Hunter2@h",
    ],
)
@pytest.mark.parametrize("exclusion", [False, True])
def test_no_password_or_token_is_shown(text, exclusion):
    # Field case T08.
    with pytest.raises(UsageError) as caught:
        parse_line(text, exclusion=exclusion)
    assert "Hunter2" not in str(caught.value)
    assert "Hunter2" not in masked(text)
