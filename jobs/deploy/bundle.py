"""What is handed to a Flink cluster? One zip: our code, schemas, jars and configuration. Key: the version.

It has the checkout's layout, so that everything is found where it is looked for, and the same sources give the same
bytes: entries are sorted and carry no date and no owner of their own.
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from jobs.deploy.installation import FLINK_CONF, JARS, ROOT, NotInstalledError, jars

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGES = ("schemas", "state", "operators", "jobs")
_ROOT_FILES = ("LICENSE", "README.md", "pyproject.toml", "requirements.lock", "requirements-build.lock")
_EXCLUDED_SUFFIXES = frozenset({".java", ".pyc"})
_NO_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
_READABLE = 0o100644 << 16


def write(target: Path) -> Path:
    """Write the zip and return its path. Raises NotInstalledError where the jars have not been built."""
    jars()
    target.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(target, "w") as archive:
        for path in sorted(_contents()):
            entry = ZipInfo(path.relative_to(ROOT).as_posix(), _NO_DATE)
            entry.compress_type, entry.external_attr = ZIP_DEFLATED, _READABLE
            archive.writestr(entry, path.read_bytes())
    return target


def version() -> str:
    """Return the project's version."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])


def _contents() -> Iterator[Path]:
    for directory in (*(ROOT / room for room in _PACKAGES), FLINK_CONF, JARS):
        yield from (path for path in directory.rglob("*") if path.is_file() and path.suffix not in _EXCLUDED_SUFFIXES)
    yield from (path for name in _ROOT_FILES if (path := ROOT / name).exists())


def main() -> None:
    """Write `dist/kithward-VERSION.zip`, or to the path given, and say what was written."""
    target = Path(sys.argv[1]) if sys.argv[1:] else ROOT / "dist" / f"kithward-{version()}.zip"
    try:
        written = write(target)
    except NotInstalledError as fault:
        raise SystemExit(str(fault)) from fault
    digest = hashlib.sha256(written.read_bytes()).hexdigest()
    sys.stdout.write(f"{written} ({written.stat().st_size:,} bytes, SHA-256 {digest})\n")


if __name__ == "__main__":
    main()
