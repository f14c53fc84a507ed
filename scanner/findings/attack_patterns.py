"""What published attacks call themselves and type: the patterns that indicators of compromise are read with."""

import re
from functools import lru_cache
from typing import NamedTuple


class Pattern(NamedTuple):
    """One thing that is published, or a habit."""

    id: str
    kinds: tuple[str, ...]
    expression: re.Pattern[str]
    certain: bool
    """Whether it is published as part of an attack, and nothing honest looks so."""


def _expression(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


def _words(*names: str) -> re.Pattern[str]:
    """Match any of the names standing alone, as a path segment, an argument or the start of `name-1.2.3`."""
    listed = "|".join(re.escape(name) for name in names)
    return _expression(rf"(?<![\w.-])(?:{listed})(?=$|[\s/:@;'\",|&)\]]|[-_]?v?\d)")


def _images(*names: str) -> re.Pattern[str]:
    """Match image names: `account/` covers all images of an account, `account/image` exactly that one."""
    listed = "|".join(re.escape(name) + (".+" if name.endswith("/") else "") for name in names)
    return _expression(rf"(?:(?:[\w-]+\.)+[\w-]+(?::\d+)?/|localhost(?::\d+)?/)?(?:{listed})(?:[:@].*)?")


_COMMANDS = ("command",)
_SHELL = r"(?<![\w.-])(?:ba|da|z|k|a)?sh\b"
# What a text is piped into to be run.
_RUNS = (
    r"(?:(?:/\S{1,40}/)?(?:sudo|env|nohup|exec|setsid)\s+(?:-\S+\s+)*)*(?:/\S{1,40}/)?"
    rf"(?:{_SHELL}|(?<![\w.-])(?:python[\d.]*|perl|php)\b)"
)
_WALLET = re.compile(
    r"(?<![1-9A-HJ-NP-Za-km-z])[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}(?:[1-9A-HJ-NP-Za-km-z]{11})?(?![0-9A-Za-z])"
)
_WALLET_CHARS = 95
# What their own projects call them.
_MINERS = (
    "xmrig", "xmrigdaemon", "xmrigminer", "xmrig-notls", "xmrig-cuda", "xmrig-opencl", "xmrigcc", "xmrig.exe", "xlarig",
    "xmr-stak", "xmr-stak-rx", "xmr-stak-cpu", "cpuminer", "cpuminer-multi", "cpuminer-opt", "minerd", "ccminer",
    "nbminer", "lolminer", "phoenixminer", "gminer", "ethminer", "bfgminer", "cgminer", "sgminer", "teamredminer",
    "nanominer", "srbminer", "srbminer-multi", "bzminer", "wildrig", "wildrig-multi", "nheqminer", "hellminer",
    "astrominer", "c3pool_miner", "moneroocean_miner",
)  # fmt: skip
_ANYWHERE = ("image", "command", "name", "key", "module", "mount")

WHOLE = (
    Pattern("image-known-miner", ("image",), _images("heybb/theimg2", "zoolu/ubuntu"), certain=True),
    Pattern(
        "image-known-campaign",
        ("image",),
        # Graboid, TeamTNT and azurenql, as published by Unit 42, Aqua and Trend Micro.
        _images("zoolu2/", "docker111/", "azurenql/", "pocosow/", "gakeaws/", "hildeteamtnt/", "alpineos/"),
        certain=True,
    ),
    Pattern("image-lookalike", ("image",), _images("alpine2", "alpine2/"), certain=False),
)
PARTS = (
    Pattern("command-known-miner", _COMMANDS, _expression(r"(?<![\w./-])/mac\.sh(?![\w.-])"), certain=True),
    Pattern(
        "malware-name",
        _ANYWHERE,
        _words(
            "kinsing",
            "kdevtmpfsi",
            "kworkerds",
            "watchbog",
            "h2miner",
            "libprocesshider",
            "libprocesshider.so",
            "pwnrig",
            "dbused",
            "kthreaddk",
            "ksoftirqds",
            "muhstik",
            "perfctl",
        ),
        certain=True,
    ),
    Pattern("miner-name", _ANYWHERE, _words(*_MINERS), certain=True),
    Pattern("mining-pool-protocol", _ANYWHERE, _expression(r"\bstratum[12]?\+(?:tcp|ssl|tls)://"), certain=True),
    Pattern(
        "miner-option",
        _COMMANDS,
        _expression(r"(?<!\S)--(?:donate-level|randomx-[\w-]+|cpu-max-threads-hint|rig-id|nicehash)\b"),
        certain=True,
    ),
    Pattern(
        "miner-algorithm",
        _COMMANDS,
        _expression(
            r"(?<!\S)(?:-a|--algo)[=\s]+(?:rx/|cn/|cn-|randomx|cryptonight|argon2/ch|kawpow|ghostrider|ethash|etchash"
            r"|autolykos2|verushash|yespower)"
        ),
        certain=True,
    ),
    # 95 characters of Base58, or 106 with a payment id: getmonero.org, Monero addresses.
    Pattern("monero-wallet", _COMMANDS, _WALLET, certain=True),
    Pattern(
        "mining-pool",
        ("command", "link"),
        _expression(
            r"(?<![\w-])(?:[\w-]{1,63}\.){0,8}(?:minexmr|supportxmr|nanopool|c3pool|moneroocean|hashvault|herominers"
            r"|2miners|xmrpool|monerohash|unmineable|minergate|f2pool)\.(?:com|org|net|stream|pro|eu|fr|xyz)\b"
        ),
        certain=True,
    ),
    Pattern(
        "miner-coin", _COMMANDS, _expression(r"(?<!\S)--coin[=\s]+(?:monero|xmr|ravencoin|zephyr)\b"), certain=False
    ),
    Pattern(
        "download-and-run",
        _COMMANDS,
        _expression(
            # Into a shell, out of a shell's own brackets, or into a file of a temporary folder that a shell then runs.
            rf"\b(?:curl|wget)\b[^|;]{{1,300}}\|\s*{_RUNS}"
            rf"|(?:{_SHELL}(?:\s+-\w+)*|\beval|\bsource|(?<!\S)\.)\s+[\"']?(?:<\(|\$\(|`)\s*(?:curl|wget)\b"
            rf"|\b(?:curl|wget)\b[^|;&]{{1,300}}(?:&&|;)\s*(?:sudo\s+)?{_SHELL}\s+/(?:tmp|var/tmp|dev/shm)/"
            r"|\bexec\s*\(.{0,80}\b(?:urlopen|requests\.get)\("
        ),
        certain=False,
    ),
    # Machines without packages install their tools so when they start.
    Pattern(
        "download-made-executable",
        _COMMANDS,
        _expression(
            r"\b(?:curl|wget)\b[^|;&]{1,300}(?:&&|;)\s*(?:sudo\s+)?chmod\s+(?:[augo]*\+\w*x|0?[0-7]*7[0-7]*)\s"
        ),
        certain=False,
    ),
    Pattern(
        "decode-and-run",
        _COMMANDS,
        _expression(
            rf"\b(?:base64|base32|xxd|openssl)\s[^|;]{{0,40}}(?<!\S)(?:-d|-D|--decode|-r|-di)\b[^|;]{{0,300}}\|\s*{_RUNS}"
            rf"|(?:{_SHELL}\s+-c|\beval|\bsource)\s+[\"']?(?:\$\(|<\(|`)[^)`]{{0,4000}}\bbase64\s+(?:-d|-D|--decode)\b"
            r"|\bexec\s*\(\s*(?:__import__\(.base64|base64\.b64decode|b64decode|zlib\.decompress)"
            r"|\beval\s*\(\s*(?:base64_decode|decode_base64|gzinflate|atob)\b"
        ),
        certain=False,
    ),
    Pattern(
        "reverse-shell-started",
        _COMMANDS,
        _expression(
            rf"{_SHELL}\s+-\w*i\w*\s[^|;]{{0,40}}[<>]&?\s*/dev/(?:tcp|udp)/"
            r"|\b(?:nc|ncat|netcat)(?:\.\w+)? [^|;&]{0,200}(?<!\S)(?:-\w*[ec]|--exec|--sh-exec)"
            rf"[=\s]*[\"']?\S{{0,60}}{_SHELL}"
            rf"|\bmkfifo\s.{{1,200}}\|\s*\S{{0,20}}{_SHELL}\s+-i.{{0,100}}\|\s*(?:nc|ncat|netcat|telnet|openssl)\b"
            rf"|\bsocat\s.{{0,300}}\b(?:exec|system):[\"']?[^\s\"',]{{0,60}}{_SHELL}"
            r"|\bsocket\.socket\(.{0,600}(?:\bdup2\(|\bpty\.spawn\()"
            rf"|\buse\s+Socket\b.{{0,600}}\bexec\b.{{0,20}}{_SHELL}"
            rf"|\bfsockopen\(.{{0,300}}(?:exec|system|proc_open|passthru)\b.{{0,40}}{_SHELL}"
        ),
        certain=True,
    ),
    Pattern("reverse-shell", _COMMANDS, _expression(r"/dev/(?:tcp|udp)/[^\s/]{1,253}/\d"), certain=False),
    Pattern("file-made-immutable", _COMMANDS, _expression(r"\bchattr\s+(?:-R\s+)?[-+]i"), certain=False),
    Pattern(
        "run-from-temporary-folder", _COMMANDS, _expression(r"\bnohup\s{1,20}\S{0,300}/tmp/\S|/var/tmp/\.\S"), False
    ),
    Pattern("scanning-tool", _COMMANDS, _words("masscan", "zgrab", "pnscan"), certain=False),
    Pattern(
        "tunnel-or-paste-site",
        _COMMANDS,
        _expression(r"(?:[\w-]\.ngrok\.(?:io|app)|\btransfer\.sh|\bpastebin\.com/raw)\b"),
        certain=False,
    ),
    Pattern("preloaded-library", _COMMANDS, _expression(r"\bLD_PRELOAD=\S|/etc/ld\.so\.preload\b"), certain=False),
    Pattern("ssh-key-written", _COMMANDS, _expression(r">\s{0,20}[^\s>]{0,300}/authorized_keys\b"), certain=False),
    Pattern("other-docker-driven", _COMMANDS, _expression(r"\bdocker\s+(?:-H|--host)[\s=]+tcp://"), False),
    Pattern("host-root-changed", _COMMANDS, _expression(r"\bchroot\s+/(?:mnt|host|hostfs|rootfs)\b"), False),
    Pattern("suspicious-program", _COMMANDS, _words("sysupdate", "zzh", "t-rex", "sysrv", "ddgs"), certain=False),
    Pattern(
        "mount-of-start-up-files",
        ("mount",),
        _expression(r"^(?:/etc/cron(?:tab|\.\w+)?|/var/spool/cron|/root/\.ssh|/etc/ld\.so\.preload)(?=/|:|$)"),
        certain=False,
    ),
    Pattern("mount-of-host-root", ("mount",), _expression(r"^/:(?!.*:ro\b)(?!/(?:rootfs|host/?fs)\b)"), certain=False),
)

# One of these is in every command and name that a pattern fits: a machine has thousands that fit none.
_NEAR = (
    "mac.sh", "kinsing", "kdevtmpfsi", "kworkerds", "watchbog", "h2miner", "processhider", "xmr", "miner", "stratum",
    "donate-level", "nanopool", "c3pool", "moneroocean", "curl", "wget", "base64", "/dev/tcp/", "/dev/udp/", "chattr",
    "nohup", "var/tmp/.", "masscan", "zgrab", "pnscan", "ngrok", "transfer.sh", "pastebin", "preload",
    "authorized_keys", "docker", "chroot", "sysupdate", "zzh", "t-rex", "sysrv", "ddgs", "xlarig", "wildrig",
    "pwnrig", "dbused", "kthreaddk", "ksoftirqds", "muhstik", "perfctl", "randomx", "threads-hint", "rig-id",
    "nicehash", "rx/", "cn/", "cn-", "cryptonight", "argon2", "kawpow", "ghostrider", "ethash", "etchash",
    "autolykos", "verushash", "yespower", "--coin", "hashvault", "f2pool", "monerohash", "unmineable", "base32",
    "xxd", "openssl", "eval", "exec", "nc ", "ncat", "netcat", "nc.", "mkfifo", "socat", "socket", "fsockopen",
)  # fmt: skip


@lru_cache(maxsize=4_096)
def near(value: str) -> bool:
    """Tell whether a pattern may fit: fast, and never wrong where it says no."""
    folded = value.casefold()
    return len(folded) >= _WALLET_CHARS or any(word in folded for word in _NEAR)
