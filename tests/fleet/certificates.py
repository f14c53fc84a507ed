"""A certificate authority of the tests' own, and the files that servers want."""

from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class TlsFiles:
    """Paths of PEM files."""

    ca: Path
    cert: Path
    key: Path


class Authority:
    """Issues certificates for addresses and names."""

    def __init__(self) -> None:
        self._ca = trustme.CA(key_type=trustme.KeyType.ECDSA)

    def issue(self, directory: Path, *names: str) -> TlsFiles:
        """Write ca.pem, cert.pem and key.pem for these addresses or names, readable by any server's user."""
        files = TlsFiles(directory / "ca.pem", directory / "cert.pem", directory / "key.pem")
        leaf = self._ca.issue_cert(*names)
        self._ca.cert_pem.write_to_path(str(files.ca))
        files.cert.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        leaf.private_key_pem.write_to_path(str(files.key))
        for path in (files.ca, files.cert, files.key):
            path.chmod(0o644)
        return files
