"""All verbs: help with examples, both entry points, wrong use in one line, the version."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from jobs.cli.app import NAME
from jobs.cli.policy import verbs as policy
from jobs.deploy.installation import ROOT
from jobs.kafka import topic_admin, topic_io
from tests.support.given import kithward, the_one_line

if TYPE_CHECKING:
    from pathlib import Path

VERBS = (
    ("demo",),
    ("run",),
    ("replay",),
    ("explain",),
    ("watch",),
    ("report",),
    ("verify",),
    ("whatif",),
    ("send",),
    ("mapping", "apply"),
    ("mapping", "check"),
    ("mapping", "schema"),
    ("policy", "check"),
    ("policy", "diff"),
    ("policy", "new"),
    ("policy", "publish"),
    ("policy", "schema"),
    ("policy", "tune"),
    ("state", "inspect"),
    ("topics", "create"),
    ("dead-letters", "resend"),
    ("dead-letters", "show"),
)
FINDING = {
    *{("demo",), ("run",), ("replay",), ("verify",), ("whatif",), ("report",), ("send",)},
    *{("mapping", "apply"), ("mapping", "check"), ("policy", "check"), ("policy", "diff")},
    ("policy", "tune"),
    ("dead-letters", "resend"),
}
"""Those that can end with exit code 1."""


def test_help_lists_every_verb() -> None:
    result = kithward("--help")
    assert result.exit_code == 0
    assert all(f"  {verb[0]} " in result.stdout for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: tuple[str, ...]) -> None:
    result = kithward(*verb, "--help")
    assert result.exit_code == 0
    _, _, examples = result.stdout.partition("\n  Examples:\n")
    assert examples.startswith(f"    {NAME} {' '.join(verb)}"), "each stands on a line of its own"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_its_exit_codes(verb: tuple[str, ...]) -> None:
    _, _, codes = kithward(*verb, "--help").stdout.partition("\n  Exit codes:\n")
    first, *findings, last = codes.splitlines()
    assert (first, last) == ("    0  done", "    2  wrong use or bad input, named on standard error")
    assert [finding[:7] for finding in findings] == ["    1  "] * len(findings)
    assert bool(findings) is (verb in FINDING)


@pytest.mark.parametrize("group", [(), ("policy",), ("topics",), ("dead-letters",), ("state",)])
def test_without_a_verb_the_help_is_shown(group: tuple[str, ...]) -> None:
    bare, help_of = kithward(*group), kithward(*group, "--help")
    assert (bare.exit_code, bare.stderr) == (0, "")
    assert bare.stdout == help_of.stdout
    assert bare.stdout.startswith("Usage: ")


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    result = kithward("--version")
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"kithward {project['version']}\n", "")


def test_an_installed_package_without_its_sources_has_its_version_from_its_metadata(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.deploy.installation.ROOT", tmp_path)
    assert kithward("--version").stdout == f"kithward {metadata.version('kithward')}\n"


def test_python_m_jobs_is_the_command_line() -> None:
    command = [sys.executable, "-m", "jobs", "--help"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.startswith(f"Usage: {NAME} ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("fly",), "no such verb 'fly'; the verbs are demo, run, replay"),
        (("replai", "--out", "x"), "kithward: no such verb 'replai': did you mean replay?"),
        (("deadletters",), "no such verb 'deadletters': did you mean dead-letters?"),
        (("policy", "chek", "policy.yaml"), "no such verb 'policy chek': did you mean policy check?"),
        (("topics", "zzz"), "no such verb 'topics zzz'; the verbs are topics create"),
        (("replay", "--out"), "Option '--out' requires an argument"),
        (("topics", "create", "--partitions", "0"), "Invalid value for '--partitions'"),
        (("topics", "create", "--partitions", "3000000000"), "Invalid value for '--partitions'"),
        (("topics", "create", "--replication", "40000"), "Invalid value for '--replication'"),
        (("dead-letters", "show", "--limit", "x"), "Invalid value for '--limit'"),
        (("run", "--set", "novalue"), "--set novalue: must have the form KEY=VALUE"),
        (("run", "--policy", "/nowhere/policy.yaml"), "/nowhere/policy.yaml"),
    ],
)
def test_wrong_use_is_reported_in_one_line(arguments: tuple[str, ...], said: str) -> None:
    assert said in the_one_line(kithward(*arguments))


@pytest.mark.parametrize("verb", [("topics", "create"), ("dead-letters", "show"), ("watch",)])
def test_an_unreachable_broker_is_named(verb: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (topic_admin, topic_io):
        monkeypatch.setattr(module, "_CONNECT_MS", 200)
    assert "127.0.0.1:1" in the_one_line(kithward(*verb, "--bootstrap", "127.0.0.1:1"))


def test_an_error_that_nobody_foresaw_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        message = "the text of a message"
        raise LookupError(message)

    monkeypatch.setattr(policy, "check_file", fail)
    result = kithward("policy", "check", str(ROOT / "docs" / "policy.yaml"))
    assert result.exit_code == 70
    (said,) = result.stderr.splitlines()
    assert said.startswith(f"{NAME}: an error in {NAME} itself: LookupError in test_app.py, line ")
    assert "the text of a message" not in result.stderr
    monkeypatch.setenv("KITHWARD_TRACEBACK", "1")
    assert "the text of a message" in kithward("policy", "check", str(ROOT / "docs" / "policy.yaml")).stderr
