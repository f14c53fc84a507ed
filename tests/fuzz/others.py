"""Parsers that are no function of bytes alone: the HTTP reader, the SYN engine's packets, what identification reads."""

import asyncio
import gzip
import io
import json
import random
import struct
import time
import zlib
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import brotli
import numpy as np
import trustme
import zstandard
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from scanner.core.endpoint import Endpoint
from scanner.core.errors import TalkError
from scanner.core.sends import Verb
from scanner.net.budget import Budget
from scanner.net.http import HttpExchanges, Request
from scanner.probes import decoy, icon, labels
from scanner.probes.identify_http import describe
from scanner.probes.probe_index import ProbeIndex
from scanner.probes.registry import load_registry
from scanner.report.writer import find_format, render
from scanner.sweep.netlink import pack_attribute
from scanner.sweep.syn.cookies import Cookies
from scanner.sweep.syn.parse import Parser
from scanner.sweep.syn.rings import HEADER_WORDS, SNAP_BYTES, STATUS_USER
from tests.fuzz.conversations import read_page
from tests.fuzz.mutator import LONGEST
from tests.report.samples import full_report
from tests.support.look import LOOPBACK
from tests.support.servers import listening
from tests.targets.imports.test_file import MASSCAN, NAABU, NMAP

HTTP_SEEDS: tuple[tuple[bytes, ...], ...] = (
    (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 21\r\n\r\n<title>Toy</title>abc",),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;a=b\r\n!\r\n0\r\n\r\n",),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nhello",),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 4611686018427387904\r\n\r\nhello",),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nhello",),
    (b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n",),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nLocation: http://[::1]:1/\r\nConnection: close\r\n\r\n",),
    (b"HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0",),
)  # fmt: skip


def run_http(pieces: tuple[bytes, ...]) -> None:
    """Read one page of a server on loopback that says the pieces and closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.close()

    async def ask() -> None:
        async with listening(serve, 0, address="127.0.0.1") as (address, port):
            budget = Budget(time.monotonic() + 20, 1 << 20)
            exchanges = HttpExchanges(Endpoint(ip_address(address), port), LOOPBACK, budget)
            try:
                await exchanges.fetch(Request(Verb.GET, "/"))
            except TalkError:
                pass
            finally:
                await exchanges.close()

    asyncio.run(ask())


PAGES: tuple[tuple[bytes, ...], ...] = (
    (b"200\nserver: nginx\nwww-authenticate: Basic\n\n<html><title>Toy</title><link rel=icon href=/favicon.ico>",),
    (b"302\nlocation: /login?next=%2f\n\n",),
    (b'200\ncontent-type: application/json\n\n{"name":"x","version":{"number":"8.0"},"tagline":"You Know"}',),
    (b"SSH-2.0-OpenSSH_9.2\r\n",),
    (b"220 mail ESMTP Postfix\r\n",),
)


def run_identification(pieces: tuple[bytes, ...]) -> None:
    """Do with a front page and a greeting what identification does with them."""
    said = b"".join(pieces)
    page = read_page(said)
    ProbeIndex(load_registry().probes).marked(page)
    describe(page)
    path = icon.icon_path(page, Endpoint(ip_address("127.0.0.1"), 80))
    assert path is None or path.startswith("/")
    icon.icon_hash(page, page)
    labels.label(said)
    labels.quote(said)
    decoy.echoes(b"GET / HTTP/1.1\r\n", said)
    decoy.honeypot_words(said.decode("latin-1"))
    decoy.catches_all(page)


def _packets() -> tuple[tuple[bytes, ...], ...]:
    source = random.Random(4)
    v4 = bytes.fromhex("45000028000100004006f97c0a0000090a000001") + bytes.fromhex(
        "01bbee4b00000007000000015012200000000000"
    )
    v6 = bytes.fromhex("6000000000140640") + bytes(32) + v4[20:]
    unreachable = v4[:9] + b"\1" + v4[10:20] + b"\3\1\0\0\0\0\0\0" + v4
    return tuple((one,) for one in (v4, v6, unreachable, source.randbytes(60)))


PACKETS = _packets()


def run_packets(pieces: tuple[bytes, ...]) -> None:
    """Read the pieces as packets that arrived in one batch, of both families."""
    kept = [piece[:SNAP_BYTES] for piece in pieces[:64]]
    rows = np.zeros((len(kept), SNAP_BYTES), dtype=np.uint8)
    headers = np.zeros((len(kept), HEADER_WORDS), dtype=np.uint32)
    for place, piece in enumerate(kept):
        rows[place, : len(piece)] = np.frombuffer(piece, dtype=np.uint8)
        headers[place, :3] = STATUS_USER, len(pieces[place]), len(piece)
    for family in (4, 6):
        list(Parser(Cookies(bytes(16))).read(family, rows.copy(), headers.copy()))


CALLED_WITH: dict[str, list[dict[str, Any]]] = {
    "scanner.core.json_reading.read_json": [{"complete": False}, {"complete": True}],
    "scanner.core.textfile.decode_file": [{"shown": "file"}],
    "scanner.net.tls.read_certificate": [{"version": "TLSv1.3"}],
    "scanner.report.read.parse_report": [{"path": Path("file")}],
    "scanner.report.read.read_finding": [{"path": Path("file")}],
    "scanner.report.read.read_row": [{"path": Path("file")}],
    "scanner.sweep.netlink.read_reply": [{"serial": 0}],
    "scanner.wire.http_coding.decode": [
        {"codings": codings, "limit": 1 << 16}
        for codings in (["gzip"], ["deflate"], ["br"], ["zstd"], ["gzip", "deflate"], ["other"])
    ],
    "scanner.wire.http_coding.is_plain": [{"codings": ["gzip"]}, {"codings": ["other"]}],
    "scanner.wire.smb2.parse_answer": [{"command": 0}, {"command": 1}],
}
"""What parsers are called with besides bytes, where no recorded conversation shows it."""


def own_seeds() -> dict[str, tuple[tuple[bytes, ...], ...]]:
    """Return what no recorded conversation holds: files of other programs, and the kernel's messages."""
    out = io.StringIO()
    render(find_format("json"), full_report(), out)
    report = out.getvalue().encode()
    document = json.loads(report)
    attributes = pack_attribute(1, b"\x7f\0\0\1") + pack_attribute(2, bytes(6))
    message = struct.pack("IHHII", 16 + len(attributes), 28, 2, 0, 1) + attributes
    done = struct.pack("IHHIIi", 20, 3, 2, 0, 1, 0)
    smb = struct.pack("<4sHHIHHIIQ", b"\xfeSMB", 64, 1, 0xC0000016, 1, 1, 1, 0, 1) + bytes(28)
    coded = (gzip.compress(report), zlib.compress(report), brotli.compress(report), zstandard.compress(report))
    files = ((NMAP,), (MASSCAN,), (NAABU,))
    return {
        "scanner.sweep.netlink.read_reply": ((message + done,), (message * 3,)),
        "scanner.sweep.netlink.read_attributes": ((attributes,),),
        "scanner.targets.imports.file.parse": files,
        "scanner.targets.imports.nmap_xml.read_hosts": files[:1],
        "scanner.targets.imports.scanner_json.read_json": files[1:],
        "scanner.report.read.parse_report": ((report,),),
        "scanner.report.read.read_row": tuple((json.dumps(row).encode(),) for row in document["endpoints"]),
        "scanner.report.read.read_finding": tuple((json.dumps(row).encode(),) for row in document["findings"]),
        "scanner.wire.http_coding.decode": tuple((one[: LONGEST // 4],) for one in coded),
        "scanner.wire.smb2.parse_answer": ((smb,),),
        "scanner.net.tls.read_certificate": ((_certificate(),),),
    }


def _certificate() -> bytes:
    issued = trustme.CA(key_type=trustme.KeyType.ECDSA).issue_cert("toy.example", "127.0.0.1")
    pem = issued.cert_chain_pems[0].bytes()
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
