"""Submission of the control: a job by hand in Java that does a small part of ours, with Flink configured alike.

`make` compiles it from bench/job/java. Submitted by `bench.job.throughput`; arguments: bootstrap servers, topic of
messages, file of keywords.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

from jobs.deploy.installation import ROOT, flink_home
from operators.policy.model import Policy

if TYPE_CHECKING:
    from pathlib import Path

JAR: Final = ROOT / "build" / "control" / "control.jar"
COUNTS: Final = "control-counts"
"""The topic that it writes."""


def write_keywords(file: Path) -> Path:
    """Write the keywords of the default policy, one a line as in a policy file; return the file."""
    keywords = Policy().friendship_age.screen.keywords
    file.write_text("".join(f"{keyword.text}\n" for keyword in keywords), "utf-8")
    return file


def main(arguments: list[str]) -> None:
    """Submit the job to the cluster of FLINK_CONF_DIR. Raises `CalledProcessError` if Flink refuses it."""
    run = (str(flink_home() / "bin" / "flink"), "run", "--detached", str(JAR), *arguments, COUNTS)
    subprocess.run(("bash", *run), check=True)  # noqa: S603, S607 - the command is our own


if __name__ == "__main__":
    main(sys.argv[1:])
