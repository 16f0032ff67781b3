"""Description of the machine and the versions. Results of different machines, or of a busy one, do not compare."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Final

from jobs.deploy.installation import NotInstalledError, broker_jars, jars, java

_PACKAGES: Final = ("apache-flink", "pemja", "pyarrow", "numpy", "ahocorasick_rs", "fastavro")
_GIB: Final = 1 << 30


def describe_machine() -> list[str]:
    """Return lines about the processor, memory, load and versions."""
    return [
        f"machine   {os.cpu_count()} x {_processor()}, {_memory_gib():.0f} GiB, {platform.system()}",
        f"load      {', '.join(f'{load:.1f}' for load in os.getloadavg())} (1, 5, 15 minutes) at the start",
        f"versions  Python {platform.python_version()}, Java {_java()}, {', '.join(map(_version, _PACKAGES))}",
        f"          {', '.join(_jars())}",
    ]


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB


def _java() -> str:
    try:
        said = subprocess.run((java(), "-version"), check=True, capture_output=True, text=True).stderr  # noqa: S603
    except (NotInstalledError, OSError, subprocess.CalledProcessError):
        return "is missing"
    return said.split('"')[1]


def _version(package: str) -> str:
    return f"{package} {version(package)}"


def _jars() -> list[str]:
    try:
        found = (*jars(), *broker_jars())
    except NotInstalledError as missing:
        return [str(missing)]
    return [jar.stem for jar in found if jar.stem.startswith(("flink-sql-connector", "kafka_"))]
