"""Finds the newest completed checkpoint: Flink writes it to `DIR/JOB/chk-N`, and its `_metadata` file last."""

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
RECOVERY_PATH = "execution.state-recovery.path"
_CLAIM_MODE = "execution.state-recovery.claim-mode"


def resume_from_newest(settings: Settings, *, must_resume: bool = False) -> Settings:
    """Return settings that make the job resume from the newest checkpoint, if there is one.

    A savepoint in the options is a candidate too, and is left as it is. A checkpoint is claimed: the job deletes it
    when it is no longer needed. Raise BadInput where there is none of both, but `must_resume`.
    """
    savepoint = settings.options.get(RECOVERY_PATH)
    try:
        newest = newest_checkpoint(settings.checkpoints, savepoint)
    except Exception as fault:  # a Java exception can be of any class
        raise BadInput(settings.checkpoints, f"cannot be listed: {root_cause(fault)}") from fault
    if newest is None and must_resume:
        raise BadInput(settings.checkpoints, "has no complete checkpoint, without which the job would start empty")
    if newest in {None, savepoint}:
        return settings
    return replace(settings, options={**settings.options, RECOVERY_PATH: newest, _CLAIM_MODE: "CLAIM"})


def newest_checkpoint(checkpoints: str, savepoint: str | None = None) -> str | None:
    """Return the URI of the newest completed checkpoint under `checkpoints`, or of the savepoint if that is newer.

    Both arguments are URIs of any file system that Flink supports. Return None if nothing was completed.
    """
    load_file_systems()
    completed = _completed_checkpoints(checkpoints)
    if savepoint is not None:
        completed += [(completed_ms, savepoint) for completed_ms, _ in _metadata_files(_path(savepoint))]
    return max(completed)[1] if completed else None


def load_file_systems() -> None:
    """Load the file systems that are Flink plugins, as the cluster does."""
    flink = get_gateway().jvm.org.apache.flink
    configuration = flink.configuration.GlobalConfiguration.loadConfiguration()
    plugins = flink.core.plugin.PluginUtils.createPluginManagerFromRootFolder(configuration)
    flink.core.fs.FileSystem.initialize(configuration, plugins)


def _completed_checkpoints(checkpoints: str) -> list[tuple[int, str]]:
    """Return the time of completion in ms and the path of each completed checkpoint."""
    return [
        found
        for job in _subdirectories(_path(checkpoints))
        for checkpoint in _subdirectories(job)
        for found in _metadata_files(checkpoint)
    ]


def _subdirectories(place: Any) -> Iterator[Any]:  # noqa: ANN401 - objects of the JVM
    for status in _list(place):
        if status.isDir():
            yield status.getPath()


def _metadata_files(place: Any) -> Iterator[tuple[int, str]]:  # noqa: ANN401 - an object of the JVM
    for status in _list(place):
        if status.getPath().getName() == _METADATA:
            yield status.getModificationTime(), str(place)


def _list(place: Any) -> Iterator[Any]:  # noqa: ANN401 - objects of the JVM
    files = place.getFileSystem()
    # Listing a missing directory gives nothing or an exception, depending on the file system.
    yield from (files.listStatus(place) or ()) if files.exists(place) else ()


def _path(place: str) -> Any:  # noqa: ANN401 - an object of the JVM
    return get_gateway().jvm.org.apache.flink.core.fs.Path(place)
