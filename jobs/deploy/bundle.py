"""The bundle for a Flink cluster: one zip with the code, schemas, jars and configuration.

It has the layout of a checkout, so that paths are the same in both. It is reproducible: the same sources give the same
bytes, because entries are sorted and have a fixed date and mode.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from jobs.deploy.bill_of_materials import bill_of_materials
from jobs.deploy.installation import FLINK_CONF, JARS, ROOT, NotInstalledError, jars, version

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGES = ("schemas", "state", "operators", "jobs", "connectors")
_ROOT_FILES = (
    "LICENSE",
    "NOTICE",
    "README.md",
    "pyproject.toml",
    "requirements.lock",
    "requirements-build.lock",
    "jars.lock",
)
_EXCLUDED_SUFFIXES = frozenset({".java", ".pyc"})
_NO_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest date of the zip format
_READABLE = 0o100644 << 16


def write(target: Path) -> Path:
    """Write the zip and return its path. Raise NotInstalledError if the jars have not been built."""
    jars()
    target.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(target, "w") as archive:
        for path in sorted(_contents()):
            entry = ZipInfo(path.relative_to(ROOT).as_posix(), _NO_DATE)
            entry.compress_type, entry.external_attr = ZIP_DEFLATED, _READABLE
            archive.writestr(entry, path.read_bytes())
    return target


def _contents() -> Iterator[Path]:
    for directory in (*(ROOT / room for room in _PACKAGES), FLINK_CONF, JARS):
        yield from (path for path in directory.rglob("*") if path.is_file() and path.suffix not in _EXCLUDED_SUFFIXES)
    yield from (path for name in _ROOT_FILES if (path := ROOT / name).exists())


def main() -> None:
    """Write `dist/kithward-VERSION.zip`, or the path of the first argument; print its path, size and SHA-256.

    Its bill of materials is written beside it, with the ending `.cdx.json`.
    """
    target = Path(sys.argv[1]) if sys.argv[1:] else ROOT / "dist" / f"kithward-{version()}.zip"
    try:
        path = write(target)
        target.with_suffix(".cdx.json").write_text(bill_of_materials(), "utf-8")
    except NotInstalledError as fault:
        raise SystemExit(str(fault)) from fault
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    sys.stdout.write(f"{path} ({path.stat().st_size:,} bytes, SHA-256 {digest})\n")


if __name__ == "__main__":
    main()
