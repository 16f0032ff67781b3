"""Application mode: this program is part of its own cluster, as in a Kubernetes deployment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from jobs.flink.settings import flink_configuration

if TYPE_CHECKING:
    from collections.abc import Mapping

_TO_A_SESSION: Final = ("remote", "-session")
"""How the execution targets end whose cluster is there before the job."""


def is_started_by_flink(options: Mapping[str, str]) -> bool:
    """Return whether Flink starts this program, and starts it again after a fault of the job manager.

    It then goes on with the job from its latest checkpoint.
    """
    target = flink_configuration(options).get("execution.target", "")
    return "PYFLINK_GATEWAY_PORT" in os.environ and not target.endswith(_TO_A_SESSION)
