"""Flink configuration files: Flink silently ignores a key that it does not support."""

from functools import cache
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from jobs.deploy.installation import FLINK_CONF, LAPTOP, ROOT, flink_home, laptop_options
from jobs.flink.settings import Settings, _options
from jobs.kafka.policy_watcher import PolicyWatcherConfig

CLUSTER = FLINK_CONF / "config.yaml"
REPORTER = "metrics.reporter.prom."


def settings(path: Path) -> dict[str, object]:
    loaded = yaml.safe_load(path.read_text())
    assert isinstance(loaded, dict)
    return loaded


@cache
def options() -> bytes:
    """Return all classes of Flink that define options: they contain the keys as plain text."""
    jars = (*flink_home().glob("lib/flink-dist-*.jar"), *flink_home().glob("opt/flink-python-*.jar"))
    assert len(jars) == 2
    return b"".join(
        archive.read(name)
        for archive in map(ZipFile, jars)
        for name in archive.namelist()
        if name.endswith(("Options.class", "Options$Python.class")) and "flink" in name
    )


@pytest.mark.parametrize("path", [CLUSTER, LAPTOP], ids=lambda path: path.name)
def test_every_key_is_an_option_of_flink(path: Path) -> None:
    unknown = [key for key in settings(path) if not key.startswith(REPORTER) and key.encode() not in options()]
    assert unknown == []


def test_every_reporter_key_is_an_option_of_the_reporter() -> None:
    """Its keys are below a name that the configuration chooses."""
    (jar,) = flink_home().glob("plugins/metrics-prometheus/*.jar")
    with ZipFile(jar) as archive:
        known = b"".join(archive.read(name) for name in archive.namelist() if "Reporter" in name)
    asked = {key.removeprefix(REPORTER): value for key, value in settings(CLUSTER).items() if key.startswith(REPORTER)}
    assert str(asked.pop("factory.class")).rpartition(".")[2].encode() in known
    assert [key for key in asked if key.encode() not in known] == []


@pytest.mark.parametrize("path", [CLUSTER, LAPTOP], ids=lambda path: path.name)
def test_every_key_is_flat_and_has_a_plain_value(path: Path) -> None:
    assert all(isinstance(value, str | int | float | bool) for value in settings(path).values())


def test_thread_mode_is_in_lower_case() -> None:
    assert settings(CLUSTER)["python.execution-mode"] == "thread"


def test_options_that_the_job_sets_are_here_with_the_same_values() -> None:
    job = _options(Settings(kafka={}, policy_watcher=PolicyWatcherConfig({}), checkpoints="file:///elsewhere"))
    del job["execution.checkpointing.dir"], job["state.backend.rocksdb.options-factory"]  # what only this job has
    written = {key: str(value) for key, value in settings(CLUSTER).items()}
    assert {key: written[key].replace("True", "true") for key in job if key in written} == job


def test_checkpoints_may_fail_for_minutes_but_not_longer_than_the_transaction_timeout() -> None:
    settings_here = Settings(kafka={}, policy_watcher=PolicyWatcherConfig({}), checkpoints="")
    tolerated = settings(CLUSTER)["execution.checkpointing.tolerable-failed-checkpoints"]
    assert isinstance(tolerated, int)
    assert 300_000 <= tolerated * settings_here.checkpoint_every_ms < settings_here.transaction_timeout_ms


@pytest.mark.parametrize(("out_of_order_ms", "batch_ms", "buffer_ms"), [(0, 20, 4), (200, 40, 8), (1_000, 80, 20)])
def test_batching_time_is_a_fraction_of_the_out_of_orderness(
    out_of_order_ms: int, batch_ms: int, buffer_ms: int
) -> None:
    wanted = Settings(kafka={}, policy_watcher=PolicyWatcherConfig({}), checkpoints="", out_of_order_ms=out_of_order_ms)
    set_to = _options(wanted)
    assert set_to["python.fn-execution.bundle.time"] == str(batch_ms)
    assert set_to["pipeline.auto-watermark-interval"] == f"{batch_ms}ms"
    assert set_to["execution.buffer-timeout.interval"] == f"{buffer_ms}ms"


def test_restarts_are_bounded() -> None:
    assert settings(CLUSTER)["restart-strategy.type"] == "failure-rate"
    assert laptop_options()["restart-strategy.type"] == "none"


def test_the_alert_about_restarts_says_how_many_the_job_survives() -> None:
    number = settings(CLUSTER)["restart-strategy.failure-rate.max-failures-per-interval"]
    minutes = str(settings(CLUSTER)["restart-strategy.failure-rate.failure-rate-interval"]).removesuffix(" min")
    told = f"After {number} restarts within {minutes} minutes the job fails for good."
    assert told in (FLINK_CONF / "alerts.yaml").read_text("utf-8")
    assert f"{number} in {minutes} minutes, " in (ROOT / "docs" / "faults.md").read_text("utf-8")
