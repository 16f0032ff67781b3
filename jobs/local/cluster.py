"""A Flink cluster on this machine, from the distribution in the PyFlink package: for the demo, tests and benchmarks.

One job manager and some task managers, each a process of its own that listens on 127.0.0.1 only; everything they write
is in one directory. What is killed is killed by its own process group, with the Python workers that it started.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Self

import yaml

from jobs.deploy.installation import FLINK_CONF, ROOT, flink_home, jars, worker_environment
from jobs.flink.rest_client import FlinkError, Job, RestClient, wait
from jobs.local.child_process import ChildProcess

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

_HERE = "127.0.0.1"
_UP_S = 120.0
_LOGS_SHOWN = 4000  # characters of a log in an error message


class Cluster:
    """Use as a context manager. `options` are Flink's own keys, and win over `base`, the product's configuration."""

    def __init__(
        self,
        directory: Path,
        *,
        task_managers: int = 1,
        options: Mapping[str, str] | None = None,
        base: Path = FLINK_CONF / "config.yaml",
    ) -> None:
        self._directory, self._size = directory.resolve(), task_managers
        rest, rpc = _free_port(), _free_port()
        self.rest = RestClient(f"http://{_HERE}:{rest}")
        self._options = _read_options(base) | _addresses(rest, rpc) | self._directory_options() | dict(options or {})
        self._job_manager: ChildProcess | None = None
        self._task_managers: list[ChildProcess] = []
        self._started = 0

    def __enter__(self) -> Self:
        self._write_files()
        try:
            self.start_job_manager()
            for _ in range(self._size):
                self._task_managers.append(self._start("taskmanager"))
            self.wait_task_managers()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to be of this cluster or to submit jobs to it."""
        return worker_environment() | {
            "FLINK_HOME": str(flink_home()),
            "FLINK_CONF_DIR": str(self._directory / "conf"),
            "FLINK_LIB_DIR": str(self._directory / "lib"),
            "FLINK_LOG_DIR": str(self._directory / "log"),
            "FLINK_PID_DIR": str(self._directory / "pid"),
        }

    @property
    def savepoints(self) -> str:
        """Where savepoints go unless told otherwise, as a URI."""
        return self._options["execution.checkpointing.savepoint-dir"]

    def submit(self, *arguments: str, within_s: float = 180.0) -> Job:
        """Run `python ARGUMENTS`, which submits a job and ends, and wait until the job's tasks run."""
        known = set(self.rest.jobs())
        command = (sys.executable, *arguments)
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, timeout=within_s)  # noqa: S603, PLW1510
        started = set(self.rest.jobs()) - known
        if done.returncode or len(started) != 1:
            outcome = f"{' '.join(arguments)} exited with {done.returncode} and started {len(started)} jobs"
            message = f"{outcome}\n{done.stdout.decode()}\n{done.stderr.decode()}"
            raise FlinkError(message)
        job = Job(self.rest, started.pop())
        job.wait_running(within_s)
        return job

    def start_task_manager(self) -> None:
        """Add a task manager, and wait until it has registered and dead ones are no longer counted on."""
        known = self.rest.task_managers()
        self._task_managers.append(self._start("taskmanager"))
        wait(lambda: self._is_alive() and bool(self.rest.task_managers() - known), "it does not register", _UP_S)
        self.wait_task_managers()

    def kill_task_manager(self, index: int = 0) -> None:
        """Let a task manager die as a machine does: at once, with all that it started."""
        self._task_managers.pop(index).kill()

    def kill_job_manager(self) -> None:
        """Let the job manager die at once. It remembers nothing of its jobs, and the task managers look for it."""
        if self._job_manager is not None:
            self._job_manager.kill()
            self._job_manager = None

    def start_job_manager(self) -> None:
        """Start a job manager where the one that died was, and wait until the task managers have found it."""
        self._job_manager = self._start("jobmanager")
        wait(lambda: self._is_alive() and self.rest.is_up(), "the job manager does not answer", _UP_S)
        self.wait_task_managers()

    def wait_task_managers(self, within_s: float = _UP_S) -> None:
        """Wait until the job manager knows exactly those task managers that live."""
        wait(self._is_complete, "there are not all task managers, or dead ones", within_s)

    def close(self) -> None:
        """End all processes."""
        for process in self._processes():
            process.stop()
        self._task_managers, self._job_manager = [], None

    def _write_files(self) -> None:
        for name in ("conf", "lib", "log", "pid", "tmp"):
            (self._directory / name).mkdir(parents=True, exist_ok=True)
        (self._directory / "conf" / "config.yaml").write_text(yaml.safe_dump(self._options, width=100_000))
        for logging in FLINK_CONF.glob("log4j*.properties"):
            shutil.copy(logging, self._directory / "conf")
        # Jars in Flink's own library are loaded once; in a job's they would load pemja's native library once a job.
        flink = flink_home()
        for jar in (*flink.glob("lib/*.jar"), *flink.glob("opt/flink-python*.jar"), *jars()):
            link = self._directory / "lib" / jar.name
            link.unlink(missing_ok=True)
            link.symlink_to(jar.resolve())

    def _directory_options(self) -> dict[str, str]:
        return {
            "io.tmp.dirs": str(self._directory / "tmp"),
            "execution.checkpointing.dir": (self._directory / "checkpoints").as_uri(),
            "execution.checkpointing.savepoint-dir": (self._directory / "savepoints").as_uri(),
            "python.executable": sys.executable,
            "python.client.executable": sys.executable,
        }

    def _start(self, role: str) -> ChildProcess:
        self._started += 1
        command = ("bash", str(flink_home() / "bin" / f"{role}.sh"), "start-foreground")
        return ChildProcess(command, log=self._log(f"{role}-{self._started}.out"), environment=self.environment)

    def _log(self, name: str) -> Path:
        return self._directory / "log" / name

    def _processes(self) -> Iterator[ChildProcess]:
        yield from self._task_managers
        if self._job_manager is not None:
            yield self._job_manager

    def _is_complete(self) -> bool:
        return self._is_alive() and len(self.rest.task_managers()) == len(self._task_managers)

    def _is_alive(self) -> bool:
        if any(process.exit_code() is not None for process in self._processes()):
            outs = sorted(self._log("").glob("*.out"))
            raise FlinkError("\n".join(f"{out}: {out.read_text()[-_LOGS_SHOWN:]}" for out in outs))
        return True


def _addresses(rest: int, rpc: int) -> dict[str, str]:
    return {
        "rest.address": _HERE,
        "rest.bind-address": _HERE,
        "rest.port": str(rest),
        "jobmanager.rpc.address": _HERE,
        "jobmanager.bind-host": _HERE,
        "jobmanager.rpc.port": str(rpc),
        "taskmanager.host": _HERE,
        "taskmanager.bind-host": _HERE,
        "execution.target": "remote",
        # A machine of our own does not drop packets: who is silent for this long is dead.
        "heartbeat.interval": "1s",
        "heartbeat.timeout": "10s",
    }


def _read_options(path: Path) -> dict[str, str]:
    return dict(_flatten("", yaml.safe_load(path.read_text())))


def _flatten(prefix: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _flatten(f"{prefix}.{key}" if prefix else key, below)
    else:
        # As Flink reads it: YAML's True is not its true.
        yield prefix, str(value).lower() if isinstance(value, bool) else str(value)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((_HERE, 0))
        port: int = listener.getsockname()[1]
        return port
