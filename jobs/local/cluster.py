"""A local Flink cluster, from the distribution in the PyFlink package: for tests and benchmarks.

One job manager and some task managers, each a subprocess that listens on 127.0.0.1 only; all that they write is under
one directory. Killing one kills its process group, with the Python workers that it started.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Self

import yaml

from jobs.deploy.installation import FLINK_CONF, ROOT, flink_home, jars, worker_environment
from jobs.flink.rest_client import FlinkError, Job, RestClient, wait
from jobs.local.child_process import ChildProcess
from jobs.local.ports import HOST, free_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

_START_S = 120.0
_LOGS_SHOWN = 4000  # characters of a log in an error message


class Cluster:
    """A cluster that stores everything under `directory`; use it as a context manager.

    `options` are Flink's configuration keys and override `base`, the configuration file that the product ships.
    """

    def __init__(
        self,
        directory: Path,
        *,
        task_managers: int = 1,
        options: Mapping[str, str] | None = None,
        base: Path = FLINK_CONF / "config.yaml",
    ) -> None:
        self._directory, self._size = directory.resolve(), task_managers
        rest, rpc = free_ports(2)
        self.rest = RestClient(f"http://{HOST}:{rest}")
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
        """The environment of the cluster's processes and of programs that submit jobs to it."""
        return worker_environment() | {
            "FLINK_HOME": str(flink_home()),
            "FLINK_CONF_DIR": str(self._directory / "conf"),
            "FLINK_LIB_DIR": str(self._directory / "lib"),
            "FLINK_LOG_DIR": str(self._directory / "log"),
            "FLINK_PID_DIR": str(self._directory / "pid"),
        }

    @property
    def savepoints(self) -> str:
        """The default directory of savepoints, as a URI."""
        return self._options["execution.checkpointing.savepoint-dir"]

    def submit(self, *arguments: str, within_s: float = 180.0) -> Job:
        """Run `python ARGUMENTS`, which submits one job and exits, and return the job once its tasks run.

        Raise FlinkError if the program fails or does not start exactly one job.
        """

        def run() -> None:
            command = (sys.executable, *arguments)
            done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, timeout=within_s)  # noqa: S603, PLW1510
            if done.returncode:
                outcome = f"{' '.join(arguments)} exited with {done.returncode}"
                message = f"{outcome}\n{done.stdout.decode()}\n{done.stderr.decode()}"
                raise FlinkError(message)

        return self.submit_by(run, within_s)

    def submit_by(self, submit: Callable[[], None], within_s: float) -> Job:
        """Call what submits one job, and return the job once its tasks run. Raise FlinkError if it is not one."""
        known = set(self.rest.jobs())
        submit()
        started = set(self.rest.jobs()) - known
        if len(started) != 1:
            message = f"{len(started)} jobs were started instead of one"
            raise FlinkError(message)
        job = Job(self.rest, started.pop())
        job.wait_running(within_s)
        return job

    def start_task_manager(self) -> None:
        """Add a task manager; return once it has registered and the job manager has dropped dead ones."""
        known = self.rest.task_managers()
        self._task_managers.append(self._start("taskmanager"))
        wait(
            lambda: self._is_alive() and bool(self.rest.task_managers() - known),
            "the task manager does not register",
            _START_S,
        )
        self.wait_task_managers()

    def kill_task_manager(self, index: int = 0) -> None:
        """Kill a task manager and the Python workers that it started at once, as a power failure would."""
        self._task_managers.pop(index).kill()

    def kill_job_manager(self) -> None:
        """Kill the job manager at once. Its jobs are lost; the task managers try to reconnect."""
        if self._job_manager is not None:
            self._job_manager.kill()
            self._job_manager = None

    def start_job_manager(self) -> None:
        """Start a job manager at the address of the one that died; return once the task managers have registered."""
        self._job_manager = self._start("jobmanager")
        wait(lambda: self._is_alive() and self.rest.is_up(), "the job manager does not answer", _START_S)
        self.wait_task_managers()

    def wait_task_managers(self, within_s: float = _START_S) -> None:
        """Wait until exactly the running task managers are registered."""
        wait(self._is_complete, "the registered task managers are not those that run", within_s)

    def close(self) -> None:
        """Stop all processes."""
        for process in self._processes():
            process.stop()
        self._task_managers, self._job_manager = [], None

    def _write_files(self) -> None:
        for name in ("conf", "lib", "log", "pid", "tmp"):
            (self._directory / name).mkdir(parents=True, exist_ok=True)
        (self._directory / "conf" / "config.yaml").write_text(yaml.safe_dump(self._options, width=100_000))
        for logging in FLINK_CONF.glob("log4j*.properties"):
            shutil.copy(logging, self._directory / "conf")
        # Jars in Flink's lib/ are loaded once. In a job's class path they would load pemja's native library per job.
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
        "rest.address": HOST,
        "rest.bind-address": HOST,
        "rest.port": str(rest),
        "jobmanager.rpc.address": HOST,
        "jobmanager.bind-host": HOST,
        "jobmanager.rpc.port": str(rpc),
        "taskmanager.host": HOST,
        "taskmanager.bind-host": HOST,
        "execution.target": "remote",
        # Loopback drops no packets: a process that is silent for this long is dead.
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
        # Flink reads `true`, not Python's `True`.
        yield prefix, str(value).lower() if isinstance(value, bool) else str(value)
