"""Where did the job get to? Flink keeps `DIR/JOB/chk-N`, and writes `_metadata` there when all the rest is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pyflink.java_gateway import get_gateway

from jobs.errors import BadInput
from jobs.flink.rest_client import root_cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.flink.settings import Settings

_METADATA = "_metadata"
_RESTORED = "execution.state-recovery.path"
_CLAIMED = "execution.state-recovery.claim-mode"


def resume_from_newest(settings: Settings) -> Settings:
    """Return settings with which the job goes on from the newest checkpoint, if there is one.

    A savepoint that the options name is one more; it stays as it is. A checkpoint becomes the job's own, which removes
    it when it needs it no more.
    """
    savepoint = settings.options.get(_RESTORED)
    try:
        newest = newest_checkpoint(settings.checkpoints, savepoint)
    except Exception as fault:  # Java's exceptions come as they like
        raise BadInput(settings.checkpoints, f"cannot be looked at: {root_cause(fault)}") from fault
    if newest in {None, savepoint}:
        return settings
    return replace(settings, options={**settings.options, _RESTORED: newest, _CLAIMED: "CLAIM"})


def newest_checkpoint(checkpoints: str, savepoint: str | None = None) -> str | None:
    """Return which was completed last: a checkpoint under `checkpoints`, or the savepoint. None where there is neither.

    Both are URIs, of any file system that Flink knows.
    """
    _know_file_systems()
    found = _completed(checkpoints)
    if savepoint is not None:
        found += [(completed_ms, savepoint) for completed_ms, _ in _marks(_path(savepoint))]
    return max(found)[1] if found else None


def _know_file_systems() -> None:
    """Load those that come as plugins, as the cluster does."""
    flink = get_gateway().jvm.org.apache.flink
    configuration = flink.configuration.GlobalConfiguration.loadConfiguration()
    plugins = flink.core.plugin.PluginUtils.createPluginManagerFromRootFolder(configuration)
    flink.core.fs.FileSystem.initialize(configuration, plugins)


def _completed(checkpoints: str) -> list[tuple[int, str]]:
    return [mark for job in _below(_path(checkpoints)) for point in _below(job) for mark in _marks(point)]


def _below(place: Any) -> Iterator[Any]:  # noqa: ANN401 - objects of the JVM
    for status in _listed(place):
        if status.isDir():
            yield status.getPath()


def _marks(place: Any) -> Iterator[tuple[int, str]]:  # noqa: ANN401 - an object of the JVM
    for status in _listed(place):
        if status.getPath().getName() == _METADATA:
            yield status.getModificationTime(), str(place)


def _listed(place: Any) -> Iterator[Any]:  # noqa: ANN401 - objects of the JVM
    files = place.getFileSystem()
    # What is not there is listed as nothing, or refused, as the file system likes.
    yield from (files.listStatus(place) or ()) if files.exists(place) else ()


def _path(place: str) -> Any:  # noqa: ANN401 - an object of the JVM
    return get_gateway().jvm.org.apache.flink.core.fs.Path(place)
