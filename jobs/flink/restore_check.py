"""Check of the savepoint or checkpoint to start from, before Flink accepts a job that it cannot restore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyflink.java_gateway import get_gateway

from jobs.errors import BadInput
from jobs.flink.application_mode import is_started_by_flink
from jobs.flink.checkpoints import RECOVERY_PATH, load_file_systems
from jobs.flink.rest_client import root_cause
from jobs.flink.settings import MAX_PARALLELISM, flink_configuration

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_PARALLELISM: Final = "pipeline.max-parallelism"


def require_restorable(options: Mapping[str, str]) -> None:
    """Raise BadInput if the job cannot be restored from the path in Flink's options: it is unreadable or does not fit.

    Flink would accept the job and leave it behind, failed.
    """
    path = flink_configuration(options).get(RECOVERY_PATH)
    if path is None or is_started_by_flink(options):  # which may restore from a later checkpoint than this
        return
    written = _max_parallelisms(path)
    wanted = options.get(_MAX_PARALLELISM, str(MAX_PARALLELISM))
    other = next((str(number) for number in sorted(written) if str(number) != wanted), None)
    if other is not None:
        fault = f"has max-parallelism {other}, and this job {wanted}: a job keeps it for life"
        raise BadInput(path, f"{fault}; add --set {_MAX_PARALLELISM}={other}")


def _max_parallelisms(path: str) -> set[int]:
    """Return the numbers of key groups of the steps in a savepoint or checkpoint."""
    try:
        load_file_systems()
        return {int(step.getMaxParallelism()) for step in _metadata(path).getOperatorStates()}
    except Exception as fault:  # a Java exception can be of any class
        raise BadInput(path, f"no savepoint or checkpoint can be read there: {root_cause(fault)}") from fault


def _metadata(path: str) -> Any:  # noqa: ANN401 - an object of the JVM
    jvm = get_gateway().jvm
    runtime = jvm.org.apache.flink.runtime
    found = runtime.state.filesystem.AbstractFsCheckpointStorageAccess.resolveCheckpointPointer(path)
    data = jvm.java.io.DataInputStream(found.getMetadataHandle().openInputStream())
    try:
        loader = jvm.java.lang.Thread.currentThread().getContextClassLoader()
        return runtime.checkpoint.Checkpoints.loadCheckpointMetadata(data, loader, path)
    finally:
        data.close()
