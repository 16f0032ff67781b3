"""Pictures that nothing was tuned with: which are unpacked, and that the packages are those that were measured."""

from __future__ import annotations

import subprocess
import tarfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bench.quality import held_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def packed(names: Iterable[str]) -> bytes:
    """Return an archive as npm packs one; each file contains its name."""
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in names:
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(name)
            archive.addfile(entry, BytesIO(name.encode()))
    return out.getvalue()


@pytest.fixture
def archives(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """An archive for each package, in place of npm: its pictures, something else, and eight flags."""
    named: dict[str, list[str]] = {package: ["readme.md"] for package in held_out._SUMS}
    for packages in held_out.PICTURES.values():
        for package, paths in packages.items():
            named[package] += [path for path in paths if "*" not in path]
    *_, flags = held_out._SUMS
    named[flags] += [f"png250px/{letter}.png" for letter in "abcdefgh"]
    made = {package: packed(names) for package, names in named.items()}

    def pack(command: Sequence[str], **_: Any) -> None:
        package, folder = command[3], command[-1]
        Path(folder, "packed.tgz").write_bytes(made[package])

    monkeypatch.setattr(subprocess, "run", pack)
    monkeypatch.setattr(held_out, "_SUMS", {package: sha256(raw).hexdigest() for package, raw in made.items()})
    return made


def test_each_kind_gets_the_pictures_that_are_listed_and_each_fourth_flag(
    archives: dict[str, bytes], tmp_path: Path
) -> None:
    assert archives
    held_out.fetch(tmp_path)
    counts = {folder.name: len(list(folder.iterdir())) for folder in tmp_path.iterdir()}
    assert counts == {"portraits": 29, "photographs": 41, "cartoons": 7, "flags": 2}
    assert (tmp_path / "flags" / "e.png").read_text() == "png250px/e.png"


def test_another_archive_than_the_one_that_was_measured_is_refused(archives: dict[str, bytes], tmp_path: Path) -> None:
    archives["material-kit@2.0.4"] = packed(["assets/img/bg.jpg"])
    with pytest.raises(SystemExit, match=r"material-kit@2.0.4 is not what was measured"):
        held_out.fetch(tmp_path)
