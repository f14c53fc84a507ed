from pathlib import Path

import pytest

from scanner.core.finding import Anchor
from scanner.core.guard import Guard
from scanner.core.image import Image
from scanner.lint.container import Container, Mount, Value, image_name, split_words
from scanner.lint.judge import Judged, judge

HERE = Anchor(file="f", line=1)
IMAGE = Image(
    names=("db",),
    ports=(1,),
    rule="r",
    signs=("open: --noauth", "closed: PASSWORD*", "closed: --auth", "open: EMPTY=yes", "unknown: --config"),
    files=("*.conf",),
    why="the image asks for nothing",
    source="https://example.org",
)


def container(environment=None, words=(), **more):
    values = {key: Value(text, HERE) for key, text in (environment or {}).items()}
    return Container(
        name="c",
        image=image_name("db:1"),
        environment=values,
        words=split_words(Value(word, HERE) for word in words),
        **more,
    )


@pytest.mark.parametrize(
    ("made", "guard"),
    [
        (container(), Guard.OPEN),
        (container({"PASSWORD": "x"}), Guard.CLOSED),
        (container({"PASSWORD_FILE": "/run/secrets/p"}), Guard.CLOSED),
        (container({"PASSWORD": ""}), Guard.OPEN),
        (container({"PASSWORD": None}), Guard.UNKNOWN),
        (container({"PASSWORD": "x"}, ["--noauth"]), Guard.OPEN),
        (container(words=["db", "--auth"]), Guard.CLOSED),
        (container(words=["db --auth"]), Guard.CLOSED),
        (container(words=["sh", "-c", "exec db --auth"]), Guard.CLOSED),
        (container(words=["--author", "me"]), Guard.OPEN),
        (container(words=["--config", "x"]), Guard.UNKNOWN),
        (container(elsewhere=("an env_file",)), Guard.UNKNOWN),
        (container({"EMPTY": "yes"}, elsewhere=("an env_file",)), Guard.OPEN),
        (container(mounts=(Mount("/etc/db.conf", None, HERE),)), Guard.UNKNOWN),
        (container(mounts=(Mount("/data", None, HERE),)), Guard.OPEN),
    ],
)
def test_signs_count_first_then_files_then_the_default(made, guard):
    assert judge(IMAGE, made, lambda _: None, 1).guard is guard


def test_a_value_with_a_variable_that_nobody_set_is_unknown():
    words = split_words([Value("db --auth ", HERE, unsure=True)])
    made = Container(name="c", image=image_name("db"), environment={}, words=words)
    assert judge(IMAGE, made, lambda _: None, 1).guard is Guard.UNKNOWN


def test_a_mounted_file_that_can_be_read_decides():
    made = container(mounts=(Mount("/etc/db.conf", None, HERE),))
    assert judge(IMAGE, made, lambda _: Judged(Guard.CLOSED, "says so"), 1).guard is Guard.CLOSED


def signed(*signs):
    return Image(names=("db",), ports=(1,), rule="r", signs=signs, why="w", source="https://example.org")


@pytest.mark.parametrize(
    ("sign", "made", "guard"),
    [
        ("closed: USER & PASS", container({"PASS": "x"}), Guard.OPEN),
        ("closed: USER & PASS", container({"PASS": "x", "USER": "u"}), Guard.CLOSED),
        ("closed: USER & PASS", container({"PASS": None, "USER": "u"}), Guard.UNKNOWN),
        ("closed: USER & PASS", container({"PASS": None}), Guard.OPEN),
        ("closed: !--host", container(), Guard.CLOSED),
        ("closed: !--host", container(words=["--host", "0.0.0.0"]), Guard.OPEN),
        ("closed: !HOST", container({"HOST": None}), Guard.UNKNOWN),
        ("closed: PASS & <1", container({"PASS": "x"}), Guard.OPEN),
        ("closed: PASS & <2", container({"PASS": "x"}), Guard.CLOSED),
        ("closed: --bind=@loopback", container(words=["--bind", "127.0.0.1", "-::1"]), Guard.CLOSED),
        ("closed: --bind=@loopback", container(words=["--bind", "127.0.0.1", "10.0.0.5", "--port", "1"]), Guard.OPEN),
        ("closed: --bind=@loopback", container(words=["--bind=127.0.0.1", "--bind=10.0.0.5"]), Guard.OPEN),
        ("closed: --bind=@loopback", container(words=["--bind", "127.0.0.1", "-m", "64"]), Guard.CLOSED),
        ("closed: --bind=@loopback", container(words=["--bind"]), Guard.OPEN),
        ("unknown: *casc*", container(mounts=(Mount("/var/casc.yaml", None, HERE),)), Guard.UNKNOWN),
        ("unknown: *casc*", container(), Guard.OPEN),
        ("closed: LISTEN=sasl*:{port}", container({"LISTEN": "SASL://:1,PLAIN://:2"}), Guard.CLOSED),
        ("closed: LISTEN=sasl*:{port}", container({"LISTEN": "SASL://:2, PLAIN://:1"}), Guard.OPEN),
    ],
)
def test_terms_hold_together_or_the_sign_says_nothing(sign, made, guard):
    assert judge(signed(sign), made, lambda _: None, 1).guard is guard


def test_a_file_below_a_mounted_folder_decides_where_the_command_names_it():
    mount = Mount("/etc/db", Path("conf"), HERE)
    made = container(words=["db", "/etc/db/my.conf"], mounts=(mount,))
    seen = []
    assert judge(IMAGE, made, seen.append, 1).guard is Guard.UNKNOWN
    assert seen == [mount._replace(target="/etc/db/my.conf", source=Path("conf/my.conf"))]


def test_a_file_that_can_be_read_counts_for_an_option_that_names_it():
    made = container(words=["--config", "/etc/db/x"], mounts=(Mount("/etc/db", Path("conf"), HERE),))
    assert judge(IMAGE, made, lambda _: Judged(Guard.CLOSED, "it says so"), 1).guard is Guard.CLOSED
