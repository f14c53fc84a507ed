from scanner.host.reading.mounts import parse_mounts

TEXT = """\
22 1 0:5 / /proc rw,nosuid shared:1 - proc proc rw,hidepid=invisible
30 22 0:40 / /proc/4242 rw - tmpfs tmpfs rw
31 1 0:41 / /tmp/.mount_App\\040x rw - fuse.App App ro
32 22 0:42 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw
broken line
"""


def test_what_lies_over_a_process_and_how_proc_was_mounted():
    mounts = parse_mounts(TEXT)
    assert mounts.covered == {4242}
    assert mounts.hidepid == "invisible"
    assert mounts.fuse_below("/tmp/.mount_App x/usr/bin/a") == "/tmp/.mount_App x"
    assert mounts.fuse_below("/tmp/other") == ""
