"""Rendering of pages in headless WebKit: measurements, and a screenshot."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import Image

from jobs.deploy.installation import ROOT, java

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent
ENGINE = ROOT / "build" / "browser"
HEIGHT = 4000
WIDEST = 1400
WITHIN_S = 300
SCHEMES = ("light", "dark")


class Look(NamedTuple):
    """A rendering of a page: name, colour scheme, width of the screen, and the address within the page."""

    page: str
    scheme: str
    width: int
    address: str = ""


@dataclass(frozen=True)
class Sight:
    """A rendered page: its measurements, its faults, and a screenshot of its first HEIGHT pixels."""

    measured: Mapping[str, Any]
    picture: Image.Image

    @property
    def faults(self) -> Mapping[str, list[str]]:
        """Return the faults of a page, by promise of `measures.js`."""
        return self.measured["faults"]


def seen(looks: list[Look], pages: Mapping[str, str], directory: Path) -> dict[Look, Sight]:
    """Render pages, in one process."""
    assert ENGINE.is_dir(), "the browser is not there: run make setup"
    asked = [_command_line(look, pages[look.page], directory / str(number)) for number, look in enumerate(looks)]
    settings = {
        "javafx.cachedir": ENGINE / "cache",
        "headless.geometry": f"{WIDEST}x{HEIGHT}-32",
        "glass.platform": "Monocle",
        "monocle.platform": "Headless",
        "prism.order": "sw",
    }
    command = [
        java(),
        *(f"-D{name}={value}" for name, value in settings.items()),
        *("-cp", f"{ENGINE / 'classes'}:{ENGINE / '*'}", "kithward.browser.Browser", str(HERE / "measures.js")),
    ]
    done = subprocess.run(command, input="".join(asked), capture_output=True, text=True, timeout=WITHIN_S, check=False)
    told = done.stdout.splitlines()
    assert (done.returncode, len(told)) == (0, len(looks)), done.stderr
    pictures = (_picture(directory / f"{number}.raw", look.width) for number, look in enumerate(looks))
    return dict(zip(looks, map(Sight, map(json.loads, told), pictures), strict=True))


def _command_line(look: Look, page: str, place: Path) -> str:
    """Return the command for a rendering. WebKit prefers light colours, so rules for dark ones are forced."""
    dark = page.replace("(prefers-color-scheme: dark)", "all")
    file = place.with_suffix(".html")
    file.write_text(dark if look.scheme == "dark" else page, "utf-8")
    within = f"#{look.address}" if look.address else ""
    return f"{look.width}\t{HEIGHT}\t{file.as_uri()}{within}\t{place.with_suffix('.raw')}\n"


def _picture(file: Path, width: int) -> Image.Image:
    return Image.frombytes("RGBA", (width, HEIGHT), file.read_bytes(), "raw", "BGRA").convert("RGB")
