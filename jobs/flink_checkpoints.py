"""Where did the job get to? Flink keeps `DIR/JOB/chk-N`, and writes `_metadata` there when all the rest is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyflink.java_gateway import get_gateway

_METADATA = "_metadata"


def newest_checkpoint(checkpoints: str) -> str | None:
    """Return the URI of the checkpoint under `checkpoints` that was completed last, None where there is none.

    Flink's own file systems look there, so that it can be any place to which Flink writes.
    """
    jvm = get_gateway().jvm
    root = jvm.org.apache.flink.core.fs.Path(checkpoints)
    files = root.getFileSystem()
    marks = [mark for job in _below(files, root) for point in _below(files, job) for mark in _marks(files, point)]
    if not marks:
        return None
    return str(max(marks, key=lambda mark: mark.getModificationTime()).getPath().getParent())


def _below(files: Any, place: Any) -> Iterator[Any]:  # noqa: ANN401 - objects of the JVM
    for status in _listed(files, place):
        if status.isDir():
            yield status.getPath()


def _marks(files: Any, place: Any) -> Iterator[Any]:  # noqa: ANN401 - objects of the JVM
    for status in _listed(files, place):
        if status.getPath().getName() == _METADATA:
            yield status


def _listed(files: Any, place: Any) -> Iterator[Any]:  # noqa: ANN401 - objects of the JVM
    # What is not there is listed as nothing, or refused, as the file system likes.
    yield from (files.listStatus(place) or ()) if files.exists(place) else ()
