"""Components that bundle and image ship besides our own code: locked Python packages and jars, with licences."""

from __future__ import annotations

import importlib.metadata
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from jobs.deploy.installation import ROOT, NotInstalledError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PACKAGE: Final = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
_JAR: Final = re.compile(r"^([0-9a-f]{64})  build/jars/(\S+?)-(\d\S*)\.jar$", re.MULTILINE)
_POM: Final = "{http://maven.apache.org/POM/4.0.0}"
_LICENCES: Final = "License :: OSI Approved :: "
_LONGEST: Final = 60  # longer ones are a licence's whole text instead of its name


@dataclass(frozen=True, slots=True)
class Component:
    """A package or jar. Its package URL names it anywhere, with its version."""

    url: str
    licence: str


def find_components(repository: Path) -> list[Component]:
    """Return the components, packages first. `repository` is Maven's, which has the licences of jars.

    Raise NotInstalledError for a component whose licence is not known, because it is not installed.
    """
    return [*_packages(), *_jars(repository)]


def locked_jars() -> dict[tuple[str, str], str]:
    """Return the SHA-256 of each jar of the job, in hexadecimal, by name and version."""
    listed = _JAR.findall((ROOT / "jars.lock").read_text("utf-8"))
    return {(name, version): digest for digest, name, version in listed}


def _packages() -> Iterator[Component]:
    for name, version in _PACKAGE.findall((ROOT / "requirements.lock").read_text("utf-8")):
        url = f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{version}"
        yield Component(url, _licence_of_package(name))


def _licence_of_package(name: str) -> str:
    try:
        told = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError as fault:
        raise NotInstalledError(f"{name} is not installed: run make install") from fault
    classified = [each.removeprefix(_LICENCES) for each in told.get_all("Classifier", []) if each.startswith(_LICENCES)]
    named = [*told.get_all("License-Expression", []), *told.get_all("License", []), ", ".join(classified)]
    licence: str | None = next(
        (each for each in named if 0 < len(each) <= _LONGEST and not re.search(r"\n|://", each)), None
    )
    if licence is None:
        raise NotInstalledError(f"{name} does not name its licence")
    return licence


def _jars(repository: Path) -> Iterator[Component]:
    for name, version in locked_jars():
        poms = list(repository.glob(f"**/{name}/{version}/{name}-{version}.pom"))
        if len(poms) != 1:
            raise NotInstalledError(f"the POM of {name} is missing: run make jars")
        group = poms[0].relative_to(repository).parts[:-3]
        url = f"pkg:maven/{'.'.join(group)}/{name}@{version}"
        yield Component(url, _licence_of_pom(poms[0], repository))


def _licence_of_pom(pom: Path, repository: Path) -> str:
    """Return the licence that a POM names, or the nearest of its parents."""
    project = ET.parse(pom).getroot()  # noqa: S314 - Maven has checked it
    named = [each.text or "" for each in project.iterfind(f"{_POM}licenses/{_POM}license/{_POM}name")]
    if named:
        return ", ".join(named)
    parts = ("groupId", "artifactId", "version")
    group, name, version = (project.findtext(f"{_POM}parent/{_POM}{part}", "") for part in parts)
    parent = repository.joinpath(*group.split("."), name, version, f"{name}-{version}.pom")
    if not name or not parent.exists():
        raise NotInstalledError(f"{pom.name} does not name its licence")
    return _licence_of_pom(parent, repository)
