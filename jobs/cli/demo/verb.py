"""`kithward demo`: show the job at work on this machine, by events of a file or of a Matrix homeserver."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.demo.matrix import run_matrix_demo
from jobs.cli.demo.scenario import run_demo
from jobs.cli.output.terminal import open_console
from jobs.errors import BadInput

_DEFAULT_DIRECTORY = Path("build/demo")

Directory = Annotated[
    Path,
    typer.Option("--dir", metavar="DIR", help="Directory of the broker, logs and outputs; its contents are removed."),
]
Matrix = Annotated[
    bool, typer.Option("--matrix", help="Play stories on a real Matrix homeserver, with the Matrix connector.")
]
Keep = Annotated[
    bool, typer.Option("--keep", help="With --matrix: stay until Ctrl-C, and show what is decided meanwhile.")
]
SynapsePython = Annotated[
    Path | None,
    typer.Option(
        "--synapse",
        metavar="PYTHON",
        help="With --matrix: the Python of an environment with Synapse. Default: build/synapse/bin/python.",
    ),
]


def demo(
    directory: Directory = _DEFAULT_DIRECTORY,
    matrix: Matrix = False,  # noqa: FBT002
    keep: Keep = False,  # noqa: FBT002
    synapse: SynapsePython = None,
) -> None:
    """Run the shipped scenario on a local Kafka and Flink, or stories on a Matrix homeserver.

    The scenario is about Rosa, her friends and their imitators: some hundred events of six days, sent to Kafka. It is
    told story by story, each as soon as the job has decided all of it: what happened, below it what the job decided and
    commanded, and what would have happened without the job. In one of them a reviewer overturns a decision. At the end
    the outputs are compared with those of a replay of the same events: they must be equal. An HTML report about them is
    written, and everything is stopped. A directory with other files in it is refused.

    With --matrix the stories happen on a Synapse homeserver: people write with clients, the connector brings that to
    Kafka and the job's commands back, and each story says after how many seconds a client showed what. While it runs
    you can log in with any Matrix client on this machine; with --keep it stays for that. Synapse is no part of
    Kithward: make setup installs it.

    \b
    Examples:
      kithward demo
      kithward demo --matrix
      kithward demo --matrix --keep
      kithward explain build/demo/out/decisions.jsonl
      kithward replay --events jobs/scenario/*.jsonl --out out
    """
    for name, given in (("--keep", keep), ("--synapse", synapse is not None)):
        if given and not matrix:
            raise BadInput(name, "is for the stories on a homeserver: add --matrix")
    console = open_console(soft_wrap=True)
    with _errors_as_bad_input():
        if matrix:
            run_matrix_demo(directory, console, synapse, keep=keep)
        else:
            run_demo(directory, console)


@contextmanager
def _errors_as_bad_input() -> Iterator[None]:
    """Report in one line what is missing or has failed."""
    # Kafka's client is slow to import, so only the verbs that use Kafka import it.
    from jobs.deploy.installation import NotInstalledError  # noqa: PLC0415
    from jobs.kafka.topic_admin import TopicsError  # noqa: PLC0415
    from jobs.local.broker import BrokerError  # noqa: PLC0415
    from jobs.local.demo_directory import DemoError  # noqa: PLC0415
    from jobs.local.synapse import SynapseError  # noqa: PLC0415

    try:
        yield
    except (BrokerError, DemoError, NotInstalledError, SynapseError, TopicsError) as fault:
        raise BadInput("demo", str(fault)) from fault
