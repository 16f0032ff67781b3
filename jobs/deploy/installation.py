"""Where is what `make` has set up: jars, broker, Flink's distribution, the workers' Python? Key: none.

Everything lies inside the checkout or in the environment that runs this; nothing is looked for elsewhere.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import sysconfig
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING
from zipfile import ZipFile

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
JARS = ROOT / "build" / "jars"
BROKER = ROOT / "build" / "broker"
FLINK_CONF = ROOT / "flink-conf"
LAPTOP = FLINK_CONF / "laptop.yaml"


class NotInstalledError(Exception):
    """Something is missing that `make` sets up, or Java itself. The message names it and what to do."""


def jars() -> tuple[Path, ...]:
    """Return what Flink loads besides its own jars: the Kafka connector and our classes."""
    return _extract_jars() if ROOT.is_file() else _jars(JARS)


def broker_jars() -> tuple[Path, ...]:
    """Return the Kafka broker and all that it needs."""
    return _jars(BROKER)


def java() -> str:
    """Return the path of `java`: JAVA_HOME's, or the first on PATH."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None)
    if found is None:
        where = f"JAVA_HOME={home} has no bin/java" if home else "there is no java on PATH"
        message = f"{where}: install Java 17"
        raise NotInstalledError(message)
    return found


def flink_home() -> Path:
    """Return the Flink distribution that the PyFlink package carries (`bin`, `lib`, `opt`)."""
    spec = importlib.util.find_spec("pyflink")
    if spec is None or spec.origin is None:
        message = "the package apache-flink is not installed: run `make setup`"
        raise NotInstalledError(message)
    return Path(spec.origin).parent


def laptop_options() -> dict[str, str]:
    """Return what is different when Flink runs inside this process, by Flink's own keys."""
    return {key: str(value) for key, value in yaml.safe_load(LAPTOP.read_text("utf-8")).items()}


def worker_environment(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return `base` (default: our own environment) with what Python workers and thread mode need in it."""
    packages = sysconfig.get_paths()["purelib"]
    return {
        **(os.environ if base is None else base),
        # Thread mode finds its Python by this path alone, and knows of no virtual environment.
        "PYTHONPATH": os.pathsep.join((str(ROOT), packages)),
        # Without it a local run has the screen's worker as a thread of the client, where the two fight for one lock.
        "_python_worker_execution_mode": "process",
    }


@cache
def _extract_jars() -> tuple[Path, ...]:
    """Return the jars of the bundle that Python runs as it is: from within a zip Flink takes none."""
    directory = mkdtemp(prefix="kithward-")
    atexit.register(shutil.rmtree, directory)
    with ZipFile(ROOT) as bundle:
        names = sorted(name for name in bundle.namelist() if name.startswith(JARS.relative_to(ROOT).as_posix()))
        return tuple(Path(bundle.extract(name, directory)) for name in names)


def _jars(directory: Path) -> tuple[Path, ...]:
    found = tuple(sorted(directory.glob("*.jar")))
    if not found:
        message = f"there are no jars in {directory}: run `make jars`"
        raise NotInstalledError(message)
    return found
