"""Pictures that no rule was tuned with: `python -m bench.quality.held_out FOLDER` fetches them, with npm.

They are what some packages of the npm registry ship: portraits and photographs of templates for web pages, all of
different motifs, cartoons, and flags. `python -m bench recall --pictures FOLDER` measures with them. Nothing of them is
part of Kithward.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_SUMS: Final = {
    "admin-lte@3.2.0": "92650fb9e582b9e01f691693be79b1213608a6282a7f062c139bfeafc8593df5",
    "material-kit@2.0.4": "543712c988b2697c61a7ef6c9527ebf850b21b56e1bdfd7258fc6d333f725602",
    "material-dashboard@3.1.0": "424b8c15e9446bae383106122e22e37a349139ee6fb4b94e214a6ffabc8b41b0",
    "svg-country-flags@1.2.10": "2576650b4568c8ee1a2a6ddaa45c0246be16735f229bb40b1a0a6f40424e5213",
}
_ADMIN, _KIT, _DASHBOARD, _FLAGS = _SUMS
_FACES: Final = ("avatar", "camp", *(f"card-profile{number}-square" for number in (1, 2, 4, 5, 6)))
_EVERY: Final = 4
PICTURES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "portraits": {
        _ADMIN: (*(f"dist/img/user{n}-128x128.jpg" for n in (1, 3, 4, 5, 6, 7, 8)), "dist/img/user2-160x160.jpg"),
        _KIT: tuple(f"assets/img/faces/{name}.jpg" for name in (*_FACES, "christian", "kendall", "marc")),
        _DASHBOARD: (
            *(f"assets/img/team-{number}.jpg" for number in range(1, 6)),
            *(f"assets/img/{name}.jpg" for name in ("bruce-mars", "drake", "ivana-square", "ivana-squares")),
            *(f"assets/img/{name}.jpg" for name in ("kal-visuals-square", "marie")),
        ),
    },
    "photographs": {
        _ADMIN: (*(f"dist/img/photo{n}.{form}" for n, form in ((1, "png"), (2, "png"), (3, "jpg"), (4, "jpg"))),),
        _KIT: (
            *(f"assets/img/{name}.jpg" for name in ("bg", "bg2", "bg3", "bg7", "city", "profile_city")),
            *(f"assets/img/examples/studio-{number}.jpg" for number in range(1, 6)),
            *(f"assets/img/examples/clem-{name}.jpg" for name in ("onojegaw", "onojeghuo")),
            *(f"assets/img/examples/{name}.jpg" for name in ("cynthia-del-rio", "mariya-georgieva", "olu-eletu")),
        ),
        _DASHBOARD: (
            *(f"assets/img/home-decor-{number}.jpg" for number in range(1, 4)),
            *(f"assets/img/{name}.jpg" for name in ("bg-pricing", "bg-smart-home-1", "bg-smart-home-2", "ivancik")),
            *(f"assets/img/{name}.jpg" for name in ("meeting", "office-dark", "product-12")),
            *(f"assets/img/products/product-{number}-min.jpg" for number in (1, 2, 3, 4, 6)),
            *(f"assets/img/products/product-details-{number}.jpg" for number in range(1, 6)),
            "assets/img/products/product-11.jpg",
        ),
    },
    "cartoons": {
        _ADMIN: ("dist/img/avatar.png", *(f"dist/img/avatar{number}.png" for number in range(2, 6))),
        _DASHBOARD: tuple(f"assets/img/illustrations/illustration-{name}.jpg" for name in ("reset", "signup")),
    },
    "flags": {_FLAGS: ("png250px/*",)},
}
"""By kind and package, the files; of flags each fourth."""


def fetch(folder: Path) -> None:
    """Fetch the packages and unpack the pictures, each kind into a folder of its name."""
    for package, expected in _SUMS.items():
        with TemporaryDirectory() as scratch:
            command = ("npm", "pack", "--silent", package, "--pack-destination", scratch)
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
            (archive,) = Path(scratch).glob("*.tgz")
            if sha256(archive.read_bytes()).hexdigest() != expected:
                raise SystemExit(f"{package} is not what was measured: its checksum differs")
            with tarfile.open(archive) as packed:
                for kind, listed in PICTURES.items():
                    _unpack(packed, listed.get(package, ()), folder / kind)


def _unpack(packed: tarfile.TarFile, patterns: tuple[str, ...], folder: Path) -> None:
    """Write the files that match a pattern into a folder; of a pattern for many each fourth, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = sorted(map(Path, packed.getnames()))
    for pattern in patterns:
        matching = [path for path in paths if path.match(f"package/{pattern}")]
        for path in matching[:: _EVERY if "*" in pattern else 1]:
            member = packed.extractfile(str(path))
            if member is not None:
                (folder / path.name).write_bytes(member.read())


if __name__ == "__main__":
    fetch(Path(sys.argv[1]))
