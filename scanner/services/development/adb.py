"""Android Debug Bridge over TCP: a device that asks for no key gives anybody a shell.

Specification: https://android.googlesource.com/platform/packages/modules/adb/+/main/protocol.txt
"""

from dataclasses import dataclass

from scanner.core.errors import Malformed
from scanner.core.facts import Access, Exchange, Facts
from scanner.core.image import Image
from scanner.core.jsontext import Json
from scanner.core.probe import Probe, tcp
from scanner.core.rule import Controls, Rule
from scanner.core.sends import line
from scanner.core.talk import Talk
from scanner.core.text import clean

_HEADER_BYTES = 24
_LARGEST = 4_096
_VERSION = (0x01000000).to_bytes(4, "little")
_BANNER = b"host::\0"


def packet(command: bytes, first: bytes, second: bytes, data: bytes) -> bytes:
    """Return a message: command, two arguments, length, sum and the command's complement."""
    complement = bytes(byte ^ 0xFF for byte in command)
    numbers = len(data).to_bytes(4, "little") + sum(data).to_bytes(4, "little")
    return command + first + second + numbers + complement + data


CONNECT = packet(b"CNXN", _VERSION, (4_096).to_bytes(4, "little"), _BANNER)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdbFacts(Facts):
    """What a device showed."""


def parse_header(header: bytes) -> tuple[str, int]:
    """Return (command, length of the data) of a message; raises Malformed unless the complement fits."""
    length = int.from_bytes(header[12:16], "little")
    if len(header) != _HEADER_BYTES or header[20:24] != bytes(byte ^ 0xFF for byte in header[:4]) or length > _LARGEST:
        raise Malformed("not a message of adb")
    if header[:4] not in {b"CNXN", b"AUTH", b"STLS"}:
        raise Malformed("no answer to a connection")
    return header[:4].decode(), length


def parse_banner(data: bytes) -> dict[str, str] | None:
    """Return the properties in a device's banner, such as ro.product.model; None when it is no device's."""
    kind, _, rest = data.rstrip(b"\0").partition(b"::")
    if kind not in {b"device", b"bootloader", b"recovery", b"sideload"}:
        return None
    pairs = [pair.partition(b"=") for pair in rest.split(b";") if b"=" in pair]
    return {clean(name, 60): clean(value, 80) for name, _, value in pairs[:20]}


async def ask(talk: Talk) -> AdbFacts | None:
    """Introduce ourselves; the device lets us in, or asks for a key, and no service of it is opened."""
    await talk.send(CONNECT)
    command, length = parse_header(await talk.read_exactly(_HEADER_BYTES))
    data = await talk.read_exactly(length)
    if command != "CNXN":
        said = "it asks for a key" if command == "AUTH" else "it asks for TLS with a key"
        return AdbFacts(access=Access.REFUSED, product="Android Debug Bridge", proof=(Exchange("CNXN", said),))
    properties = parse_banner(data)
    if properties is None:
        return None
    names = {"ro.product.model": "model", "ro.product.name": "product", "ro.product.device": "device"}
    evidence: dict[str, Json] = {word: properties[name] for name, word in names.items() if name in properties}
    return AdbFacts(
        access=Access.CONTROL,
        product="Android Debug Bridge",
        evidence=evidence,
        proof=(Exchange("CNXN", f"connected, {evidence.get('model', 'a device')}"),),
    )


def _open(facts: AdbFacts) -> str | None:
    if facts.access < Access.CONTROL:
        return None
    return "The device lets anybody in without a key: a shell is one message away."


_PAGES = ("https://developer.android.com/tools/adb", "https://source.android.com/docs/security/features/adb")

PROBE = Probe(
    id="adb",
    title="Android Debug Bridge",
    ports=tcp(5555),
    sends=(line(CONNECT, why="opens a connection; shell, files and reboot are services that are never asked for"),),
    ask=ask,
    no_moods="a device that waits for a key on its screen demands it as any other does",
    references=_PAGES,
    rules=(
        Rule(
            id="adb-no-key",
            title="An Android device takes commands from anybody",
            why="Anybody opens a shell, installs apps and reads what is on the device; worms live on this.",
            controls=Controls.HOST,
            holds=_open,
            remedy=(
                "# back to USB, and off",
                "adb usb",
                "adb shell settings put global adb_enabled 0",
                "# firmware: keys are asked for, and no property opens the port",
                "ro.adb.secure=1",
                "# persist.adb.tcp.port must be empty",
            ),
            cwe=(306, 489, 668),
            attack=("T1190", "T1059", "T1496.001"),
            references=_PAGES,
        ),
    ),
)

LINT = (
    Image(
        names=("budtmo/docker-android", "us-docker.pkg.dev/android-emulator-268719/images/*"),
        ports=(5555,),
        rule="adb-no-key",
        access=Access.CONTROL,
        why="the emulator's debug bridge takes everybody",
        source="https://github.com/budtmo/docker-android",
    ),
)
