"""What starts by itself, wherever an intruder may have put it: each kind, its line, its user."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.host.reading.files import Files
from scanner.host.reading.start_up import read_start_up


@pytest.fixture
def read(tmp_path):
    def read(path, text):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
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
    ],
)  # fmt: skip
def test_a_command_is_found_with_its_line_and_user(read, path, text, found):
    assert read(path, text) == found


@settings(max_examples=20)
@given(st.text(max_size=80))
def test_any_text_is_survived(tmp_path_factory, text):
    root = tmp_path_factory.getbasetemp() / "any"
    for path in ("etc/crontab", "etc/anacrontab", "etc/systemd/system/x.service", "var/spool/cron/root"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8", "replace")
    assert all(one.command for one in read_start_up(Files(root)))
