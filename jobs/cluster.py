"""A Flink cluster on this machine, from the distribution in the PyFlink package: for the demo, tests and benchmarks.

One job manager and some task managers, each a process of its own that listens on 127.0.0.1 only; everything they write
is in one directory. What is killed is killed by its own process group, with the Python workers that it started.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml

from jobs.flink_rest import FlinkError, Job, Rest, wait

ROOT = Path(__file__).resolve().parent.parent
JARS = ROOT / "build" / "jars"

_HERE = "127.0.0.1"
_UP_S = 60.0
_LOGS_SHOWN = 4000  # characters of a log in an error message


class Cluster:
    """Use as a context manager. `options` are Flink's own configuration keys, and win over `base`, a `config.yaml`."""

    def __init__(
        self,
        directory: Path,
        *,
        task_managers: int = 1,
        options: Mapping[str, str] | None = None,
        base: Path | None = None,
        jars: Iterable[Path] | None = None,
    ) -> None:
        self._home = _distribution()
        self._directory, self._wanted = directory.resolve(), task_managers
        rest, rpc = _free_port(), _free_port()
        self.rest = Rest(f"http://{_HERE}:{rest}")
        self._options = _flat(base or self._home / "conf" / "config.yaml") | _addresses(rest, rpc) | dict(options or {})
        self._jars = list(JARS.glob("*.jar") if jars is None else jars)
        self._job_manager: subprocess.Popen[bytes] | None = None
        self._task_managers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self._lay_out()
        try:
            self._job_manager = self._start("jobmanager")
            wait(lambda: self._is_alive() and self.rest.is_up(), "the job manager does not answer", _UP_S)
            for _ in range(self._wanted):
                self._task_managers.append(self._start("taskmanager"))
            self.wait_task_managers(self._wanted)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to be of this cluster or to submit jobs to it."""
        path = (str(ROOT), sysconfig.get_paths()["purelib"], os.environ.get("PYTHONPATH", ""))
        return os.environ | {
            "FLINK_HOME": str(self._home),
            "FLINK_CONF_DIR": str(self._directory / "conf"),
            "FLINK_LIB_DIR": str(self._directory / "lib"),
            "FLINK_LOG_DIR": str(self._directory / "log"),
            "FLINK_PID_DIR": str(self._directory / "pid"),
            # Thread mode finds its Python by this path alone, and knows of no virtual environment.
            "PYTHONPATH": os.pathsep.join(filter(None, path)),
        }

    def submit(self, *arguments: str, within_s: float = 120.0) -> Job:
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
        """Add a task manager, and wait until it has registered."""
        before = self.rest.task_managers()
        self._task_managers.append(self._start("taskmanager"))
        self.wait_task_managers(before + 1)

    def kill_task_manager(self, index: int = 0) -> None:
        """Let a task manager die as a machine does: at once, with all that it started."""
        _end(self._task_managers.pop(index), signal.SIGKILL)

    def wait_task_managers(self, count: int, within_s: float = _UP_S) -> None:
        """Wait until exactly so many task managers are known."""
        wait(lambda: self._is_alive() and self.rest.task_managers() == count, "task managers are missing", within_s)

    def close(self) -> None:
        """End all processes."""
        for process in (*self._task_managers, *((self._job_manager,) if self._job_manager else ())):
            _end(process, signal.SIGTERM)
        self._task_managers, self._job_manager = [], None

    def _lay_out(self) -> None:
        for name in ("conf", "lib", "log", "pid", "tmp"):
            (self._directory / name).mkdir(parents=True, exist_ok=True)
        own = {"io.tmp.dirs": str(self._directory / "tmp"), "python.executable": sys.executable}
        (self._directory / "conf" / "config.yaml").write_text(yaml.safe_dump(own | self._options, width=10_000))
        for logging in (self._home / "conf").glob("log4j*.properties"):
            shutil.copy(logging, self._directory / "conf")
        # Jars in Flink's own library are loaded once; in a job's they would load pemja's native library once a job.
        for jar in (*(self._home / "lib").glob("*.jar"), *(self._home / "opt").glob("flink-python*.jar"), *self._jars):
            link = self._directory / "lib" / jar.name
            link.unlink(missing_ok=True)
            link.symlink_to(jar.resolve())

    def _start(self, role: str) -> subprocess.Popen[bytes]:
        number = len(self._task_managers) if role == "taskmanager" else ""
        with (self._directory / "log" / f"{role}{number}.out").open("ab") as out:
            command = ("bash", str(self._home / "bin" / f"{role}.sh"), "start-foreground")
            return subprocess.Popen(  # noqa: S603 - our own distribution
                command, env=self.environment, cwd=self._directory, stdout=out, stderr=out, start_new_session=True
            )

    def _is_alive(self) -> bool:
        for process in (*self._task_managers, *((self._job_manager,) if self._job_manager else ())):
            if process.poll() is not None:
                outs = sorted((self._directory / "log").glob("*.out"))
                raise FlinkError("\n".join(f"{out}: {out.read_text()[-_LOGS_SHOWN:]}" for out in outs))
        return True


def _end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    for kind in (how, signal.SIGKILL):
        try:
            os.killpg(process.pid, kind)
        except ProcessLookupError:
            break
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def _distribution() -> Path:
    found = find_spec("pyflink")
    if found is None or found.origin is None:
        message = "the package apache-flink is not installed"
        raise FlinkError(message)
    return Path(found.origin).parent


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


def _flat(path: Path) -> dict[str, str]:
    def pairs(prefix: str, value: object) -> Iterable[tuple[str, str]]:
        if not isinstance(value, dict):
            yield prefix, str(value)
            return
        for key, below in value.items():
            yield from pairs(f"{prefix}.{key}" if prefix else key, below)

    return dict(pairs("", yaml.safe_load(path.read_text())))


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((_HERE, 0))
        port: int = listener.getsockname()[1]
        return port
