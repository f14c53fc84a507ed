"""What starts by itself, wherever an intruder may have put it: each kind, its line, its user."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.host.reading.files import Files
from scanner.host.reading.start_up import read_start_up
from scanner.host.snapshot import Account


@pytest.fixture
def read(tmp_path):
    def read(path, text):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text) if isinstance(text, bytes) else file.write_text(text)
        return [(one.kind, one.line, one.command, one.user) for one in read_start_up(Files(tmp_path))]

    return read


SERVICE = "[Service]\nUser=me\nExecStart=-/tmp/.x -a \\\n  -b\nEnvironment=LD_PRELOAD=/tmp/x.so\n"


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("etc/crontab", "* * * * * root /mac.sh a b\n", [("cron", 1, "/mac.sh a b", "root")]),
        ("etc/cron.d/.hidden", "@reboot www /mac.sh\n", [("cron", 1, "/mac.sh", "www")]),
        ("var/spool/cron/crontabs/www", "*/5 * * * * /tmp/.x\n", [("cron", 1, "/tmp/.x", "www")]),
        ("var/spool/cron/root", "#\n@daily /tmp/.x\n", [("cron", 2, "/tmp/.x", "root")]),
        ("etc/crontab", "SHELL=/bin/sh\n", [("cron", 1, "SHELL=/bin/sh", "")]),
        ("etc/crontab", "BASH_ENV = /tmp/x\n", [("cron", 1, "BASH_ENV = /tmp/x", "")]),
        ("etc/crontab", '"BASH ENV" = /tmp/x\n', [("cron", 1, '"BASH ENV" = /tmp/x', "")]),
        ("etc/crontab", "* * * * * root A=b /x\n", [("cron", 1, "A=b /x", "root")]),
        ("etc/crontab", "* * * * * root\n", []),
        ("etc/anacrontab", "1 5 job cmd a\n@monthly 45 job nice b\n", [("anacron", 1, "cmd a", "root"),
                                                                       ("anacron", 2, "nice b", "root")]),
        ("etc/anacrontab", "PATH=/x\n1 5 job\n", [("anacron", 1, "PATH=/x", "")]),
        ("etc/systemd/system/x.service", f"[Unit]\nAfter=x\n{SERVICE}", [("systemd unit", 5, "/tmp/.x -a -b", "me"),
                                                ("systemd unit", 7, "LD_PRELOAD=/tmp/x.so", "me")]),
        ("etc/systemd/system/x.service.d/o.conf", SERVICE, [("systemd unit", 3, "/tmp/.x -a -b", "me"),
                                                              ("systemd unit", 5, "LD_PRELOAD=/tmp/x.so", "me")]),
        ("etc/systemd/system/service.d/all.conf", "[Service]\nExecStartPre=/x\n", [("systemd unit", 2, "/x", "")]),
        ("run/systemd/transient/r.service", "[Service]\nExecStart=\nExecStart=/x\n", [("systemd unit", 3, "/x", "")]),
        ("home/a/.config/systemd/user/x.service", "[Service]\nExecStop=@/x y\n",
         [("systemd user unit", 2, "/x y", "")]),
        ("root/.bashrc", "# no\nnohup /tmp/x &\n", [("shell profile", 2, "nohup /tmp/x &", "")]),
        ("home/a/.config/autostart/x.desktop", "[Desktop Entry]\nExec=/tmp/x\nName=y\n",
         [("desktop autostart", 2, "/tmp/x", "")]),
        ("etc/udev/rules.d/9.rules", 'A=="add", RUN+="/x"\nKERNEL=="a"\n',
         [("udev rule", 1, 'A=="add", RUN+="/x"', "")]),
        ("etc/rc.local", "/tmp/x\n", [("init script", 1, "/tmp/x", "")]),
        ("etc/update-motd.d/9-x", "/tmp/x\n", [("message of the day", 1, "/tmp/x", "")]),
        ("etc/cron.hourly/x", "/tmp/x\n", [("cron script", 1, "/tmp/x", "")]),
        ("home/a/notes", "/tmp/x\n", []),
        ("lib/systemd/system/x.service", "[Service]\nExecStart=/x\n", [("systemd unit", 2, "/x", "")]),
        ("usr/lib/systemd/system/x.socket", "[Socket]\nExecStartPre=/x\n", [("systemd unit", 2, "/x", "")]),
        ("run/systemd/generator/x.service", "[Service]\nExecStart=/x\n", [("systemd unit", 2, "/x", "")]),
        ("usr/lib/systemd/user/x.service", "[Service]\nExecStart=/x\n", [("systemd user unit", 2, "/x", "")]),
        ("etc/systemd/user/a.wants/x.service", "[Service]\nExecStart=/x\n", [("systemd user unit", 2, "/x", "")]),
        ("usr/lib/systemd/system-generators/x", "/tmp/x\n", [("systemd generator", 1, "/tmp/x", "")]),
        ("run/systemd/user-generators/x", b"\x7fELF\x02" + bytes(2 << 20),
         [("systemd generator", 1, "/run/systemd/user-generators/x", "")]),
        ("usr/lib/udev/rules.d/9.rules", 'RUN+="/x"\n', [("udev rule", 1, 'RUN+="/x"', "")]),
        ("etc/NetworkManager/dispatcher.d/pre-up.d/x", "/x\n", [("network hook", 1, "/x", "")]),
        ("var/spool/cron/tabs/www", "@daily /x\n", [("cron", 1, "/x", "www")]),
        ("etc/environment", "LD_PRELOAD=/tmp/x.so\n", [("shell profile", 1, "LD_PRELOAD=/tmp/x.so", "")]),
    ],
)  # fmt: skip
def test_a_command_is_found_with_its_line_and_user(read, path, text, found):
    assert read(path, text) == found


def test_a_program_in_the_place_of_a_script_is_no_gap(tmp_path):
    files = Files(tmp_path)
    (tmp_path / "etc/update-motd.d").mkdir(parents=True)
    (tmp_path / "etc/update-motd.d/x").write_bytes(b"\x7fELF\x02" + b"\n" * (2 << 20))
    assert len(read_start_up(files)) == 1
    assert files.gaps() == []


def test_one_file_is_read_once_wherever_it_is_linked(tmp_path):
    (tmp_path / "usr/lib/systemd/system").mkdir(parents=True)
    (tmp_path / "lib").symlink_to("usr/lib")
    (tmp_path / "usr/lib/systemd/system/x.service").write_text("[Service]\nExecStart=/x\n")
    wants = tmp_path / "etc/systemd/system/a.wants"
    wants.mkdir(parents=True)
    (wants / "x.service").symlink_to("../../../../usr/lib/systemd/system/x.service")
    (tmp_path / "elsewhere").write_text("[Service]\nExecStart=/y\n")
    (wants / "y.service").symlink_to("../../../../elsewhere")
    assert [(one.file, one.command) for one in read_start_up(Files(tmp_path))] == [
        ("/usr/lib/systemd/system/x.service", "/x"),
        ("/etc/systemd/system/a.wants/y.service", "/y"),
    ]


def test_the_homes_of_accounts_are_looked_into(tmp_path):
    (tmp_path / "var/lib/pg").mkdir(parents=True)
    (tmp_path / "var/lib/pg/.profile").write_text("/tmp/x\n")
    (tmp_path / ".bashrc").write_text("/tmp/y\n")
    people = [
        Account(name=home, uid=9, line=1, shell="", home=home) for home in ("/var/lib/pg", "/", "/../..", "/none")
    ]
    assert [one.command for one in read_start_up(Files(tmp_path), people)] == ["/tmp/x"]


@settings(max_examples=20)
@given(st.text(max_size=80))
def test_any_text_is_survived(tmp_path_factory, text):
    root = tmp_path_factory.getbasetemp() / "any"
    for path in ("etc/crontab", "etc/anacrontab", "etc/systemd/system/x.service", "var/spool/cron/root"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8", "replace")
    assert all(one.command for one in read_start_up(Files(root)))
