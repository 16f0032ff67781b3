"""Certificates of a test's own: an authority, and a server certificate that it has signed. By the JDK's own keytool."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.deploy.installation import java

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "of-no-worth"  # noqa: S105 - of stores that live as long as a test


@dataclass(frozen=True)
class Authority:
    """Signs certificates. Its own is in `certificate`, as PEM."""

    directory: Path

    @property
    def certificate(self) -> Path:
        return self.directory / "ca.pem"

    @property
    def _store(self) -> Path:
        return self.directory / "ca.p12"

    def signed(self, host: str) -> Path:
        """Return a PKCS12 store with a key and a certificate for a host's address."""
        store = self.directory / "server.p12"
        _keytool(store, "-genkeypair", "-alias", "server", "-dname", "CN=server", "-keyalg", "EC")
        _keytool(store, "-certreq", "-alias", "server", "-file", str(store.with_suffix(".csr")))
        signing = ("-gencert", "-alias", "ca", "-infile", str(store.with_suffix(".csr")))
        _keytool(self._store, *signing, "-rfc", "-ext", f"san=ip:{host}", "-outfile", str(store.with_suffix(".pem")))
        for alias, certificate in (("ca", self.certificate), ("server", store.with_suffix(".pem"))):
            _keytool(store, "-importcert", "-noprompt", "-alias", alias, "-file", str(certificate))
        return store


def authority(directory: Path) -> Authority:
    """Return an authority of its own directory."""
    directory.mkdir()
    made = Authority(directory)
    extensions = ("-ext", "bc=ca:true", "-ext", "ku=keyCertSign")
    _keytool(made._store, "-genkeypair", "-alias", "ca", "-dname", f"CN={directory.name}", "-keyalg", "EC", *extensions)
    _keytool(made._store, "-exportcert", "-alias", "ca", "-rfc", "-file", str(made.certificate))
    return made


def _keytool(store: Path, verb: str, *options: str) -> None:
    tool = java().removesuffix("java") + "keytool"
    access = ("-keystore", str(store), "-storetype", "PKCS12", "-storepass", PASSWORD)
    done = subprocess.run((tool, verb, *access, *options), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
