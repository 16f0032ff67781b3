"""The job of a demo on a local Flink, with a broker and the topics of its own."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, Self

from jobs.deploy.installation import worker_environment
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_admin import create_topics
from jobs.local.broker import Broker
from jobs.local.child_process import ChildProcess
from jobs.local.demo_directory import DemoError

if TYPE_CHECKING:
    from pathlib import Path

_START_S: Final = 120.0
_POLL_S: Final = 0.1


class DemoJob:
    """A broker and the job as subprocesses under `directory`. Use it as a context manager, or call `start` and `stop`.

    `options` are those of `kithward run`, beside the addresses.
    """

    def __init__(self, directory: Path, policy: Path, *options: str) -> None:
        self._directory, self._policy, self._options = directory, policy, options
        self._broker = Broker(directory / "broker")
        self.brokers = Brokers(self._broker.bootstrap)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Start the broker, create the topics and submit the job."""
        with self._stack:
            self._directory.mkdir(parents=True)
            self._stack.enter_context(self._broker)
            create_topics(self.brokers, partitions=2)
            self._process = ChildProcess(self._command, log=self.log, environment=worker_environment())
            self._stack.callback(self._process.stop)
            self._stack = self._stack.pop_all()
        return self

    def stop(self) -> None:
        """Stop the job and the broker."""
        self._stack.close()

    @property
    def log(self) -> Path:
        """The job's log file."""
        return self._directory / "job.log"

    def wait_running(self) -> None:
        """Wait for the first checkpoint: by then every task of the job runs. Raise DemoError if none comes."""
        deadline_s = time.monotonic() + _START_S
        while not any(self._checkpoints.glob("*/chk-*/_metadata")):
            self.check_running()
            if time.monotonic() > deadline_s:
                raise DemoError(f"the job has not completed a checkpoint in {_START_S:.0f} s; see {self.log}")
            time.sleep(_POLL_S)

    def check_running(self) -> None:
        """Raise DemoError if the job has ended."""
        code = self._process.exit_code()
        if code is not None:
            raise DemoError(f"the job exited with code {code}; see {self.log}")

    @property
    def _checkpoints(self) -> Path:
        return self._directory / "checkpoints"

    @property
    def _command(self) -> tuple[str, ...]:
        places = ("--bootstrap", self._broker.bootstrap, "--checkpoints", str(self._checkpoints))
        return (sys.executable, "-m", "jobs", "run", "--local", *places, "--policy", str(self._policy), *self._options)
