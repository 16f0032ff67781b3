"""Paths of the installation that `make` sets up: jars, Kafka broker, Flink distribution, environment of the workers.

Everything is in the checkout or in the Python environment that runs this.
"""

from __future__ import annotations

import atexit
import importlib.metadata
import importlib.util
import os
import shutil
import sysconfig
import tomllib
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
_PROJECT = "pyproject.toml"


class NotInstalledError(Exception):
    """Java, or something that `make` sets up, is missing. The message names it and says what to do."""


def version() -> str:
    """Return the version in the `pyproject.toml` beside the code, else that of the installed package."""
    try:
        document = ZipFile(ROOT).read(_PROJECT) if ROOT.is_file() else (ROOT / _PROJECT).read_bytes()
    except FileNotFoundError:
        return importlib.metadata.version("kithward")
    return str(tomllib.loads(document.decode())["project"]["version"])


def jars() -> tuple[Path, ...]:
    """Return the jars that Flink loads besides its own: the Kafka connector and our Java classes."""
    return _extract_jars() if ROOT.is_file() else _jars(JARS)


def broker_jars() -> tuple[Path, ...]:
    """Return the jars of the Kafka broker and its dependencies."""
    return _jars(BROKER)


def java() -> str:
    """Return the path of `java`: in JAVA_HOME if that is set, else the first on PATH."""
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
    """Return the Flink configuration that is different when Flink runs inside this process (`run --local`)."""
    return {key: str(value) for key, value in yaml.safe_load(LAPTOP.read_text("utf-8")).items()}


def worker_environment(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return `base` (default: this process's environment) with the variables that Flink's Python workers need."""
    packages = sysconfig.get_paths()["purelib"]
    return {
        **(os.environ if base is None else base),
        # In thread mode the embedded interpreter finds packages by PYTHONPATH alone; it ignores virtual environments.
        "PYTHONPATH": os.pathsep.join((str(ROOT), packages)),
        # Otherwise a local run has the screen's worker as a thread of the client, and the two contend for one GIL.
        "_python_worker_execution_mode": "process",
    }


@cache
def _extract_jars() -> tuple[Path, ...]:
    """Extract the jars when Python runs from the zipped bundle: Flink cannot load jars from within a zip."""
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
