"""The process that submits the jobs of a stage: Python, PyFlink and their JVM start once, beside the cluster."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from typing import TYPE_CHECKING, Self

from jobs.deploy.installation import ROOT
from jobs.flink.rest_client import FlinkError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

_END_S = 30.0


class Submitter:
    """A child process that submits a job for each plan that it gets. Use as a context manager."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        answers, theirs = os.pipe()
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                (sys.executable, "-m", "tests.e2e.support.submission", str(theirs)),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=ROOT,
                pass_fds=(theirs,),
            )
        os.close(theirs)
        self._answers = os.fdopen(answers, "rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        """End the process: it reads to the end of its input."""
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answers.close()

    def submit(self, plan: str, within_s: float) -> None:
        """Submit the job of a plan. Raise `FlinkError` if that fails or takes longer."""
        assert self._process.stdin
        self._process.stdin.write(plan.encode() + b"\n")
        self._process.stdin.flush()
        readable, _, _ = select.select([self._answers], [], [], within_s)
        answer = self._answers.readline() if readable else b""
        if not answer:
            raise FlinkError(f"the submitting process does not answer: {self.log.read_text()}")
        if fault := json.loads(answer):
            raise FlinkError(fault)
